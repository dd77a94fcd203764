#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn a text file into a C string constant: embed.py NAME INPUT OUTPUT.  Lines that begin with ## are notes for whoever edits the
template and are left out."""
import sys

name, source, target = sys.argv[1:]
with open(source, encoding='ascii') as file, open(target, 'w', encoding='ascii') as out:
    out.write(f'/* Made from {source.rsplit("/", 1)[-1]}; edit that. */\n#include "gateway_template.h"\n\nconst char {name}[] =\n')
    for line in file:
        if not line.startswith('##'):
            text = line.rstrip('\n').replace('\\', '\\\\').replace('"', '\\"')
            out.write(f'\t"{text}\\n"\n')
    out.write('\t"";\n')
