# SPDX-License-Identifier: Apache-2.0
# Turn NNNN_name.sql files into the C table that store_migrate.h declares: embed.py OUT.c FILE...
import os
import re
import sys


def array(name, text):
    # numbers, because a string literal of this length is past what ISO C promises
    data = text.encode() + b"\0"
    lines = [",".join(str(byte) for byte in data[i:i + 32]) for i in range(0, len(data), 32)]
    return f"static const char {name}[] = {{\n" + ",\n".join(lines) + "};\n"


def main():
    out, files = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    rows, texts = [], []
    for number, path in enumerate(files, 1):
        name = os.path.basename(path)
        match = re.fullmatch(r"(\d{4})_([a-z_]+)\.sql", name)
        if match is None or int(match.group(1)) != number:
            sys.exit(f"{name}: migrations are NNNN_name.sql, numbered from 0001 without gaps")
        with open(path, encoding="utf-8") as stream:
            texts.append(array(f"sql_{number}", stream.read()))
        rows.append(f'\t{{{number}, "{match.group(2)}", sql_{number}}},\n')
    with open(out, "w", encoding="utf-8") as stream:
        stream.write("/* Made from schema/sql by embed.py. */\n#include \"store_migrate.h\"\n\n" + "\n".join(texts) + "\n")
        stream.write("const struct sv_store_migration sv_store_migrations[] = {\n" + "".join(rows) + "};\n")
        stream.write(f"const unsigned sv_store_migration_count = {len(rows)};\n")


main()
