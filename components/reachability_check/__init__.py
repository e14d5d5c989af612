"""The prover behind `ReachabilityCheck`: who reaches whom over IPv6, seen from both ends, and why not.

`python -m <package>.reachability_check` reads what is wanted on its standard input (`wanted.py`), goes to
every host over SSH, and prints the table. Data flows one way: `wanted` -> `probes` (what to try) ->
`sessions` and `outside` (try it) -> `evaluate` and `explain` (judge it) -> `table`.
"""
