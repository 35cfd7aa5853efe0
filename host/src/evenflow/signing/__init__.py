"""Signatures: Ed25519 keys, whose of them this host accepts, and the host's own.

No key comes with Evenflow. Nothing here is loaded where nothing is signed or verified.
"""
