-- SPDX-License-Identifier: MIT
-- The vault, as docs/format.md describes it. Every value below is sealed, a keyed digest or random; what a
-- CHECK promises is checked again by the reader, because a file from elsewhere may break it.

-- Public bytes: a MAC ends them, their digest stands in the manifest.
CREATE TABLE header(
	one INTEGER PRIMARY KEY CHECK(one = 1),
	bytes BLOB NOT NULL CHECK(length(bytes) BETWEEN 1 AND 8192)
) STRICT;

-- What everything else is checked against; rewritten in every transaction.
CREATE TABLE manifest(
	one INTEGER PRIMARY KEY CHECK(one = 1),
	nonce BLOB NOT NULL CHECK(length(nonce) = 24),
	sealed BLOB NOT NULL CHECK(length(sealed) BETWEEN 528 AND 2064)
) STRICT;

-- One sealed record per row. Random ids, so that the order of creation does not show.
CREATE TABLE rec(
	id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16),
	tbl INTEGER NOT NULL CHECK(tbl BETWEEN 1 AND 255),
	ver INTEGER NOT NULL CHECK(ver >= 1),
	epoch INTEGER NOT NULL CHECK(epoch >= 1),
	name_idx BLOB NOT NULL UNIQUE CHECK(length(name_idx) = 32),
	nonce BLOB NOT NULL CHECK(length(nonce) = 24),
	sealed BLOB NOT NULL CHECK(length(sealed) BETWEEN 528 AND 32784)
) STRICT, WITHOUT ROWID;

-- The log in segments: where each starts, the head before it, the file it became (a digest of zeros: not
-- yet), and its two keys, wrapped.
CREATE TABLE segment(
	no INTEGER PRIMARY KEY CHECK(no >= 1),
	first INTEGER NOT NULL CHECK(first >= 1),
	epoch INTEGER NOT NULL CHECK(epoch >= 1),
	head BLOB NOT NULL CHECK(length(head) = 32),
	id BLOB NOT NULL CHECK(length(id) = 16),
	digest BLOB NOT NULL CHECK(length(digest) = 32),
	nonce BLOB NOT NULL CHECK(length(nonce) = 24),
	wrapped BLOB NOT NULL CHECK(length(wrapped) = 80)
) STRICT;

-- The entries of the open segment.
CREATE TABLE log(
	seq INTEGER PRIMARY KEY CHECK(seq >= 1),
	nonce BLOB NOT NULL CHECK(length(nonce) = 24),
	sealed BLOB NOT NULL CHECK(length(sealed) BETWEEN 528 AND 16400)
) STRICT;
