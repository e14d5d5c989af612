"""Why a host, or a container on it, is not reached: one line for each layer, from here outwards.

`python -m <package>.doctor --stack NAME HOST` looks, changes nothing, and says at the first layer that is not
right what to do. It takes its eyes from `verify` and `contact`, and its words about pairs of containers from
`reachability_check`.
"""
