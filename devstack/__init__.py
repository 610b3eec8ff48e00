"""The local cloud: runs the function app over the same wire protocols as Azure; never deployed."""
