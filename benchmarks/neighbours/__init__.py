"""Lets hostile neighbours loose on an honest owner, one attack after the other: `make fuzz NEIGHBOURS=1`.

`run` gives every attack a local cloud of its own. `honest` is the owner whose reads and orders are timed in
this process. `attacker` is a process that competes with it for the cores as little as possible: it has the
lowest priority, makes its bodies before anything is timed, and writes them to sockets by hand (`wire`). It
carries out one of `attacks`, and also serves what the service asks of hostile parties (`condition_hosts`,
`vault`). `silent_names` gives everything name servers that never answer. `probe` tells how late machine and
table emulator are by themselves. `verdict` compares and judges, `show` prints.
"""
