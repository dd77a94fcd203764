# SPDX-License-Identifier: Apache-2.0
"""The requests that every way to a file must answer byte for byte: against the engine and through the gateway."""
MIB = 1 << 20


def single(first, last):
    return f"bytes={first}-{last}"


def cases(size, etag, last_modified):
    """(name, headers, expected): expected is (status, start, end) with a half-open range, or (416,) or (304,) or (412,)."""
    whole = (200, 0, size)
    out = [("whole", {}, whole)]

    def part(name, spec, start, end, **more):
        out.append((name, {"Range": spec, **more}, (206, start, end)))

    if size == 0:
        for spec in ("bytes=0-0", "bytes=0-", "bytes=-1", "bytes=5-9", "bytes=0-1048575", "bytes=x", "bytes=0-1,3-4"):
            out.append((f"empty {spec}", {"Range": spec}, whole))
        return out
    part("first byte", "bytes=0-0", 0, 1)
    part("last byte", single(size - 1, size - 1), size - 1, size)
    part("all as a range", single(0, size - 1), 0, size)
    part("open from 0", "bytes=0-", 0, size)
    part("open from the last", f"bytes={size - 1}-", size - 1, size)
    part("end at EOF", single(0, size), 0, size)
    part("end past EOF", single(0, size + 1000), 0, size)
    part("end far past EOF", single(size - 1, 2 ** 63 - 1), size - 1, size)
    part("suffix 1", "bytes=-1", size - 1, size)
    part("suffix of all", f"bytes=-{size}", 0, size)
    part("suffix longer", f"bytes=-{size + 1}", 0, size)
    part("suffix far longer", f"bytes=-{2 ** 62}", 0, size)
    part("0 to 1 MiB inclusive", "bytes=0-1048576", 0, min(size, MIB + 1))
    part("0 to 1 MiB exclusive", "bytes=0-1048575", 0, min(size, MIB))
    for edge in (128 << 10, 256 << 10, MIB, 2 * MIB, 3 * MIB, 4 * MIB):
        for first, last in ((edge - 1, edge), (edge, edge), (edge - 1, edge - 1), (edge - 3, edge + 3), (edge, edge + 2 * MIB)):
            if last < size:
                part(f"{first}-{last}", single(first, last), first, last + 1)
        if edge < size:
            part(f"suffix to {edge}", f"bytes=-{size - edge}", edge, size)
            part(f"open from {edge}", f"bytes={edge}-", edge, size)
    for number in range(16):
        first = number * 2654435761 % size
        last = min(size - 1, first + number * 40503 % 300000)
        part(f"random {first}-{last}", single(first, last), first, last + 1)
    for spec in (f"bytes={size}-", f"bytes={size}-{size}", f"bytes={size + 5}-{size + 9}", f"bytes={2 ** 62}-"):
        out.append((f"unsatisfiable {spec}", {"Range": spec}, (416,)))
    for spec in ("bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1", "bytes", "bytes=--1", "bytes=0x0-5", "bytes=0-0;", "items=0-5", "0-5"):
        # RFC 9110, 14.2: a malformed one may be passed over (the engine does) or refused (nginx does); another unit is passed over
        out.append((f"malformed {spec}", {"Range": spec}, whole if spec.startswith("items") or "=" not in spec else ("whole or 416",)))
    part("if-range right tag", "bytes=0-0", 0, 1, **{"If-Range": etag})
    part("if-range right date", "bytes=0-0", 0, 1, **{"If-Range": last_modified})
    out.append(("if-range wrong tag", {"Range": "bytes=0-0", "If-Range": '"another"'}, whole))
    out.append(("if-range weak tag", {"Range": "bytes=0-0", "If-Range": "W/" + etag}, whole))
    out.append(("if-range old date", {"Range": "bytes=0-0", "If-Range": "Mon, 01 Jan 2001 00:00:00 GMT"}, whole))
    out.append(("if-none-match", {"If-None-Match": etag}, (304,)))
    out.append(("if-none-match star", {"If-None-Match": "*"}, (304,)))
    out.append(("if-none-match list", {"If-None-Match": f'"x", {etag}'}, (304,)))
    out.append(("if-none-match other", {"If-None-Match": '"x"'}, whole))
    out.append(("if-match", {"If-Match": etag}, whole))
    out.append(("if-match other", {"If-Match": '"x"'}, (412,)))
    out.append(("if-modified-since", {"If-Modified-Since": last_modified}, (304,)))
    return out


def multi(size):
    """Many ranges: RFC 9110 allows the whole file, and that is what we send."""
    return [f"bytes=0-0,{size - 1}-{size - 1}", "bytes=0-0, 2-2,4-4", "bytes=-1,0-0"] if size > 10 else []


def check(answer, expected, data, name, head=False):
    assert answer is not None and not answer.cut, f"{name}: cut"
    if expected[0] in (304, 412):
        assert answer.status == expected[0], f"{name}: {answer.status}"
        return
    if expected[0] == "whole or 416":
        expected = (416,) if answer.status == 416 else (200, 0, len(data))
    if expected[0] == 416:
        assert answer.status == 416 or (head and answer.status == 200), f"{name}: {answer.status}"
        if answer.status == 200:
            return
        assert answer.header("Content-Range") == f"bytes */{len(data)}", name
        return
    status, start, end = expected
    if head and answer.status == 200:
        # RFC 9110 defines ranges for GET; whoever passes them over for HEAD tells the whole length
        status, start, end = 200, 0, len(data)
    assert answer.status == status, f"{name}: {answer.status} instead of {status}"
    assert answer.header("Content-Length") == str(end - start), f"{name}: length {answer.header('Content-Length')}"
    if status == 206:
        assert answer.header("Content-Range") == f"bytes {start}-{end - 1}/{len(data)}", f"{name}: {answer.header('Content-Range')}"
    if not head:
        assert answer.body == data[start:end], f"{name}: wrong bytes"
