# SPDX-License-Identifier: Apache-2.0
"""The installed program finds its module and its media child by itself, wherever the prefix lies."""
import subprocess

import conftest
from conftest import BUILD
from http_plain import fetch


def test_runs_from_where_it_was_installed(own_site, work, films, monkeypatch):
    target = work / "installed"
    done = subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", target], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    program = next(target.rglob("bin/streamvault"))
    assert next(target.rglob("streamvault/ngx_http_streamvault_module.so")).is_relative_to(program.parent.parent)
    # folders that the roles' account must get through
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)
    monkeypatch.setattr(conftest, "PROGRAM", program)
    site = own_site().start()
    site.add(films["mib"])
    assert fetch(site.url + "/").status == 200
    assert fetch(site.link(site.library()[0]["file"])).body == films["mib"].read_bytes()
    used = "".join(path.read_text() for path in (site.state / "nginx").rglob("*.conf"))
    assert "load_module" in used and str(target) in used, "the module of the build folder was taken"
