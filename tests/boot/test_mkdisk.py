# SPDX-License-Identifier: BSD-2-Clause
"""tools/mkdisk: the same files make the same image, and nothing gets lost."""

import os
import shutil
import subprocess

import esp
import pytest


def mkdisk(image, *folders, **environment):
    subprocess.run([esp.TOP / "tools/mkdisk", image, *folders], check=True,
                   env={**os.environ, **environment},
                   stderr=subprocess.PIPE)
    return image


def listing(image):
    """What mtools, which is not ours, finds on the partition."""
    done = subprocess.run(["mdir", "-b", "-/", "-i", f"{image}@@1M", "::"],
                          env={**os.environ, "LC_ALL": "C.UTF-8"},
                          stdout=subprocess.PIPE, check=True)
    return sorted(done.stdout.decode().split("\n")[:-1])


@pytest.fixture
def folder(tmp_path):
    top = tmp_path / "esp"
    (top / "EFI/BOOT").mkdir(parents=True)
    (top / "a long folder").mkdir()
    (top / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"MZ" * 3000)
    (top / "a long folder/it's; a long name.txt").write_bytes(b"text")
    (top / "empty").write_bytes(b"")
    (top / "größer €").mkdir()
    (top / "größer €/файл").write_bytes(b"")
    return top


def test_every_file_is_there(folder, tmp_path):
    image = mkdisk(tmp_path / "disk.img", folder)
    assert listing(image) == sorted([
        "::/EFI/", "::/EFI/BOOT/", "::/EFI/BOOT/BOOTX64.EFI",
        "::/a long folder/", "::/a long folder/it's; a long name.txt",
        "::/empty", "::/größer €/", "::/größer €/файл"])
    copy = tmp_path / "copy"
    subprocess.run(["mcopy", "-i", f"{image}@@1M", "::/EFI/BOOT/BOOTX64.EFI",
                    copy], check=True)
    assert copy.read_bytes() == b"MZ" * 3000


def test_other_place_and_other_time_same_bytes(folder, tmp_path):
    first = mkdisk(tmp_path / "disk.img", folder)
    other = tmp_path / "elsewhere" / "renamed"
    shutil.copytree(folder, other)
    for path in [other, *other.rglob("*")]:
        os.utime(path, (1e9, 1e9))
    second = mkdisk(tmp_path / "elsewhere" / "disk.img", other,
                    TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
    assert first.read_bytes() == second.read_bytes()


def test_the_partition_table_is_valid(folder, tmp_path):
    """UEFI 2.10 5.3: sgdisk checks both copies and their checksums."""
    image = mkdisk(tmp_path / "disk.img", folder)
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    done = subprocess.run(["sgdisk", "-v", "-p", image], check=True,
                          env={**os.environ, "PATH": path},
                          stdout=subprocess.PIPE)
    assert b"No problems found" in done.stdout
    assert b"EF00" in done.stdout


def test_a_later_folder_wins(folder, tmp_path):
    late = tmp_path / "late"
    (late / "EFI/BOOT").mkdir(parents=True)
    (late / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"later")
    image = mkdisk(tmp_path / "disk.img", folder, late)
    copy = tmp_path / "copy"
    subprocess.run(["mcopy", "-i", f"{image}@@1M", "::/EFI/BOOT/BOOTX64.EFI",
                    copy], check=True)
    assert copy.read_bytes() == b"later"


def test_the_image_grows_with_its_files(folder, tmp_path):
    with open(folder / "large", "wb") as large:
        large.truncate(100 << 20)
    for i in range(300):
        (folder / f"small {i}").write_bytes(b"x")
    image = mkdisk(tmp_path / "disk.img", folder)
    assert len(listing(image)) == 309


@pytest.mark.parametrize("names", [("one", "ONE"), ("a/b", "A/c")])
def test_names_that_fat_takes_for_one_are_refused(folder, tmp_path, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    with pytest.raises(subprocess.CalledProcessError) as failure:
        mkdisk(tmp_path / "disk.img", folder)
    assert b"takes for one" in failure.value.stderr
    assert not (tmp_path / "disk.img").exists()
