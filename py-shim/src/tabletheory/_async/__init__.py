"""The asyncio API, written by hand. `_sync` is made from it by `tools/make_sync.py`, except for its driver."""
