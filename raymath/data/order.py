"""A seeded shuffle that is a formula: position → item, for any number of items in bounded memory.

    Permutation(10**9, "packs", seed, epoch)(np.arange(256))   # the first 256 of them

It is the same on every machine and in every version: only 64-bit integer arithmetic and BLAKE2b, no library's
random stream. Which items these are and what is done with them is left to `packing` and `feed`.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUNDS = 8
#: Up to so many items the order is a table: sorting that few is quicker than the formula.
_TABLE = 1 << 16


class Permutation:
    """A bijection of 0 … n-1 chosen by a key.

    Few items are sorted by a hash of their number. Many go through a Feistel network over the next even number
    of bits; a value outside 0 … n-1 is put through it again until it falls inside (cycle walking), which keeps
    it a bijection.

    Args:
        n: number of items.
        key: strings and integers; another key is another, unrelated order.
    """

    def __init__(self, n: int, *key: str | int) -> None:
        if n < 0:
            raise ValueError(f"cannot permute {n} items")
        self.n = n
        digest = hashlib.blake2b(repr(key).encode(), digest_size=8 * _ROUNDS).digest()
        self._keys = np.frombuffer(digest, dtype="<u8")
        self._half = np.uint64((max(n - 1, 1).bit_length() + 1) // 2)
        self._mask = np.uint64((1 << int(self._half)) - 1)
        self._table: NDArray[np.int64] | None = None
        if n <= _TABLE:
            numbers = np.arange(n, dtype=np.uint64)
            # Two rounds with a key each: one would only rotate the same sequence of hashes.
            hashes = _mix(_mix(numbers + self._keys[0]) ^ self._keys[1])
            self._table = np.argsort(hashes, kind="stable").astype(np.int64)

    def __call__(self, positions: ArrayLike) -> NDArray[np.int64]:
        """The items at these positions (any shape, each in 0 … n-1)."""
        at = np.asarray(positions, dtype=np.int64)
        if at.size and (at.min() < 0 or at.max() >= self.n):
            raise IndexError(f"positions must be in 0 … {self.n - 1}")
        if self._table is not None:
            return np.asarray(self._table[at])
        out = self._once(at.astype(np.uint64).ravel())
        outside = np.flatnonzero(out >= self.n)
        while outside.size:
            out[outside] = self._once(out[outside])
            outside = outside[out[outside] >= self.n]
        return out.astype(np.int64).reshape(at.shape)

    def _once(self, x: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = x >> self._half, x & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mix(right + key) & self._mask)
        return (left << self._half) | right


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every output bit depends on every input bit."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
