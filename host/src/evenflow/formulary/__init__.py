"""The way of a drug library to a pump: what it changes, and who has signed it.

What an order needs of a library is in evenflow.dose. Nothing here is loaded where none is signed.
"""
