"""`make dist`: the tarball has what the tree has, and is made without building or running a test."""
import os
import subprocess

BUILD = os.environ["SR_BUILD"]
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def files_in(folder):
    return {os.path.relpath(os.path.join(place, name), folder)
            for place, _, names in os.walk(folder) for name in names}


def files_of_the_tree():
    """None are known where the tree itself came from a tarball. It may be another user's, though."""
    if not os.path.exists(os.path.join(TOP, ".git")):
        return set()
    listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", TOP, "ls-files"], check=True,
                            capture_output=True, text=True)
    return {name for name in listed.stdout.splitlines() if os.path.exists(os.path.join(TOP, name))}


def test_all_is_packed_and_nothing_is_run(tmp_path):
    folder = str(tmp_path / "tarball")
    said = subprocess.run(["make", "-C", BUILD, "distdir", "distdir=" + folder],
                          check=True, capture_output=True, text=True).stdout
    assert "check-am" not in said and "Testsuite summary" not in said, said[-3000:]
    packed = files_in(folder)
    assert files_of_the_tree() - packed == set()
    assert "configure" in packed and not [name for name in packed if name.endswith((".o", ".pyc"))]
    assert os.access(os.path.join(folder, "check"), os.X_OK)
