"""The lab: an AWS region on one Linux machine.

An EC2-compatible endpoint, a VPC router in network namespaces, and instances that are real systemd machines.
It knows the program it serves only as AWS and a host know it: by API calls and by SSH.
"""
