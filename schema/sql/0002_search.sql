-- SPDX-License-Identifier: Apache-2.0
-- Search over folded names: by the beginnings of words, and by similarity (trigrams).  Both indexes take their text from
-- `title`; the triggers keep them in step.
CREATE VIRTUAL TABLE title_words USING fts5 (key, content = 'title', content_rowid = 'n', prefix = '1 2 3',
  tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE title_trigrams USING fts5 (key, content = 'title', content_rowid = 'n', tokenize = 'trigram');
INSERT INTO title_words (title_words) VALUES ('rebuild');
INSERT INTO title_trigrams (title_trigrams) VALUES ('rebuild');

CREATE TRIGGER title_search_insert AFTER INSERT ON title BEGIN
  INSERT INTO title_words (rowid, key) VALUES (new.n, new.key);
  INSERT INTO title_trigrams (rowid, key) VALUES (new.n, new.key);
END;
CREATE TRIGGER title_search_delete AFTER DELETE ON title BEGIN
  INSERT INTO title_words (title_words, rowid, key) VALUES ('delete', old.n, old.key);
  INSERT INTO title_trigrams (title_trigrams, rowid, key) VALUES ('delete', old.n, old.key);
END;
CREATE TRIGGER title_search_update AFTER UPDATE OF key ON title BEGIN
  INSERT INTO title_words (title_words, rowid, key) VALUES ('delete', old.n, old.key);
  INSERT INTO title_words (rowid, key) VALUES (new.n, new.key);
  INSERT INTO title_trigrams (title_trigrams, rowid, key) VALUES ('delete', old.n, old.key);
  INSERT INTO title_trigrams (rowid, key) VALUES (new.n, new.key);
END;
