"""What of a stack's hosts is not as the stack says: drift, which `pulumi refresh` cannot see.

`python -m <package>.verify --stack NAME` reads the stack's state, looks at every host over SSH without
changing anything, and prints the differences. Data flows one way: `state` (what the steps were given) ->
`wanted` (what a host should have) -> `looking` (ask the host) -> `found` -> `differences` -> `report`.
"""
