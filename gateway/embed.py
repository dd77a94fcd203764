#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn a text file into a C array that ends in NUL: embed.py NAME INPUT OUTPUT.  Lines that begin with ## are notes for whoever edits the
template and are left out.  (An array, because ISO C promises no more than 4095 characters of a string literal.)"""
import sys

name, source, target = sys.argv[1:]
with open(source, encoding='ascii') as file, open(target, 'w', encoding='ascii') as out:
    out.write(f'/* Made from {source.rsplit("/", 1)[-1]}; edit that. */\n#include "gateway_template.h"\n\nconst char {name}[] = {{\n')
    for line in file:
        if not line.startswith('##'):
            out.write(''.join(f'{byte},' for byte in line.encode('ascii')) + '\n')
    out.write('0};\n')
