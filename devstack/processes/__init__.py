"""The child processes of the local cloud: started, waited for, started again, ended."""
