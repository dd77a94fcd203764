-- SPDX-License-Identifier: Apache-2.0
-- The data model of docs/data-model.md.  `n` are internal row numbers, `id` public ids; enumerations are the numbers
-- of schema/catalog_records.h.  A migration that was released is never edited: add the next number.
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 1);

CREATE TABLE title (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,            -- the name folded: what makes two spellings one title
  year INTEGER NOT NULL,        -- 0: unknown
  name TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  image TEXT NOT NULL DEFAULT '',
  added_unix_s INTEGER NOT NULL,
  -- kept by every write, from the files in state ok:
  fresh_unix_s INTEGER NOT NULL DEFAULT 0,
  last_year INTEGER NOT NULL DEFAULT 0,
  season_count INTEGER NOT NULL DEFAULT 0,
  episode_count INTEGER NOT NULL DEFAULT 0,
  file_count INTEGER NOT NULL DEFAULT 0,
  duration_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, key, year)
) STRICT;
CREATE INDEX title_fresh ON title (fresh_unix_s DESC, n DESC) WHERE file_count > 0;
CREATE INDEX title_kind_fresh ON title (kind, fresh_unix_s DESC, n DESC) WHERE file_count > 0;
CREATE INDEX title_name ON title (sort_name, n) WHERE file_count > 0;
CREATE INDEX title_kind_name ON title (kind, sort_name, n) WHERE file_count > 0;

CREATE TABLE season (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title INTEGER NOT NULL REFERENCES title (n) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  UNIQUE (title, number)
) STRICT;

CREATE TABLE episode (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  season INTEGER NOT NULL REFERENCES season (n) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  last_number INTEGER NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  UNIQUE (season, number, last_number)
) STRICT;

CREATE TABLE file (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title INTEGER NOT NULL REFERENCES title (n) ON DELETE CASCADE,
  episode INTEGER REFERENCES episode (n) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  state INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_unix_s INTEGER NOT NULL,
  crc32 INTEGER,                -- of the whole file
  name TEXT NOT NULL,
  container TEXT NOT NULL,
  mime TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  bit_rate INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  playable INTEGER NOT NULL,
  image TEXT NOT NULL DEFAULT '',
  added_unix_s INTEGER NOT NULL
) STRICT;
CREATE INDEX file_title ON file (title, state);
CREATE INDEX file_episode ON file (episode, state);
-- to know a file again that was moved or renamed
CREATE INDEX file_gone ON file (size_bytes, crc32) WHERE state = 1;

-- CRC-32 of each 128 KiB, little-endian, apart from `file` so that its rows stay small
CREATE TABLE piece (
  file INTEGER PRIMARY KEY REFERENCES file (n) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  crcs BLOB NOT NULL
) STRICT;

CREATE TABLE track (
  file INTEGER NOT NULL REFERENCES file (n) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  is_default INTEGER NOT NULL,
  is_forced INTEGER NOT NULL,
  codec TEXT NOT NULL,
  codec_string TEXT NOT NULL,
  language TEXT NOT NULL,
  name TEXT NOT NULL,
  bit_rate INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bit_depth INTEGER NOT NULL,
  channels INTEGER NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  frame_rate_num INTEGER NOT NULL,
  frame_rate_den INTEGER NOT NULL,
  PRIMARY KEY (file, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE chapter (
  file INTEGER NOT NULL REFERENCES file (n) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (file, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE copy (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  file INTEGER NOT NULL REFERENCES file (n) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  location TEXT NOT NULL,
  priority INTEGER NOT NULL,
  state INTEGER NOT NULL,
  verified_unix_s INTEGER NOT NULL,
  UNIQUE (file, kind, location)
) STRICT;
-- a path holds one file
CREATE UNIQUE INDEX copy_path ON copy (location) WHERE kind = 0;

CREATE TABLE image (
  id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  extension TEXT NOT NULL,
  widths TEXT NOT NULL,         -- ascending, comma-separated
  file INTEGER NOT NULL REFERENCES file (n) ON DELETE CASCADE,
  UNIQUE (file, kind)
) STRICT, WITHOUT ROWID;

-- what the index job saw of each path, so that a path that did not change is not read again
CREATE TABLE scan (
  path TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  why TEXT NOT NULL             -- '' when it was taken, else why it was skipped
) STRICT, WITHOUT ROWID;
