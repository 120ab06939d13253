# SPDX-License-Identifier: BSD-2-Clause
"""BOOTX64.EFI as strict firmware reads it, and as anyone else builds it."""

import re
import shutil
import struct
import subprocess

import esp
import pytest

# [PE format: COFF File Header, Optional Header, Section Flags]
AMD64 = 0x8664
PE32_PLUS = 0x20b
EFI_APPLICATION = 10
NX_COMPAT = 0x100
RELOCS_STRIPPED = 1
EXECUTE, WRITE = 0x20000000, 0x80000000
PAGE = 4096
SECTOR = 512


def u16(data, offset):
    return struct.unpack_from("<H", data, offset)[0]


def u32(data, offset):
    return struct.unpack_from("<I", data, offset)[0]


class Pe:
    def __init__(self, data):
        self.file_header = u32(data, 0x3c) + 4
        self.optional = self.file_header + 20
        first = self.optional + u16(data, self.file_header + 16)
        count = u16(data, self.file_header + 2)
        self.sections = [self.section(data, first + 40 * i)
                         for i in range(count)]

    @staticmethod
    def section(data, at):
        name = data[at:at + 8].rstrip(b"\0").decode()
        size, address, raw_size, raw, flags = (
            u32(data, at + offset) for offset in (8, 12, 16, 20, 36))
        return name, size, address, raw_size, raw, flags


@pytest.fixture(scope="module")
def data():
    return (esp.BUILD / "BOOTX64.EFI").read_bytes()


@pytest.fixture(scope="module")
def pe(data):
    return Pe(data)


def test_it_is_an_efi_application_for_this_machine(data, pe):
    assert data[:2] == b"MZ"
    assert data[pe.file_header - 4:pe.file_header] == b"PE\0\0"
    assert u16(data, pe.file_header) == AMD64
    assert u16(data, pe.optional) == PE32_PLUS
    assert u16(data, pe.optional + 68) == EFI_APPLICATION


def test_it_says_that_it_needs_no_executable_data(data, pe):
    assert u16(data, pe.optional + 70) & NX_COMPAT


def test_it_can_be_loaded_anywhere(data, pe):
    assert not u16(data, pe.file_header + 18) & RELOCS_STRIPPED


def test_nothing_in_it_is_writable(pe):
    flags = {name: flags for name, *_, flags in pe.sections}
    assert list(flags) == [".text", ".rodata"]
    assert flags[".text"] & EXECUTE and not flags[".text"] & WRITE
    assert not flags[".rodata"] & (EXECUTE | WRITE)


def test_sections_are_whole_pages(data, pe):
    """So that each can have permissions of its own, without gaps or overlaps."""
    assert u32(data, pe.optional + 32) == PAGE
    end = PAGE
    for _, size, address, *_ in pe.sections:
        assert address == end and address % PAGE == 0
        end = address + (size + PAGE - 1) // PAGE * PAGE
    assert end == u32(data, pe.optional + 56)


def test_sections_fill_the_file(data, pe):
    """In the least steps that the format allows."""
    assert u32(data, pe.optional + 36) == SECTOR
    end = u32(data, pe.optional + 60)
    for _, size, _, raw_size, raw, _ in pe.sections:
        assert raw == end and raw_size % SECTOR == 0 and raw_size <= size
        end = raw + raw_size
    assert end == len(data)


def test_it_is_small(data):
    """By gcc, for which the flags are chosen; clang's code is larger."""
    by_clang = b"clang version" in (esp.BUILD / "BOOTX64.elf").read_bytes()
    assert len(data) <= (224 if by_clang else 200) * 1024


# ---- what is packed in it -----------------------------------------------------

def unpacked(block):
    """[LZ4 Block Format Description], and what boot/lz4.c asks for besides."""
    at, out = 0, bytearray()

    def length(half):
        nonlocal at
        size, goes_on = half, half == 15
        while goes_on:
            size += block[at]
            goes_on = block[at] == 255
            at += 1
        return size

    while True:
        halves = block[at]
        at += 1
        size = length(halves >> 4)
        out += block[at:at + size]
        at += size
        if at == len(block):
            assert size >= 15
            return bytes(out)
        distance = u16(block, at)
        assert 8 <= distance <= len(out)
        at += 2
        for _ in range(length(halves & 15) + 4):
            out.append(out[-distance])


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Bootlink as it lies in memory."""
    path = tmp_path_factory.mktemp("image") / "image"
    subprocess.run(["objcopy", "-O", "binary", esp.BUILD / "BOOTX64.elf", path],
                   check=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def parts():
    """Where the sections of BOOTX64.elf are: {name: (address, size)}."""
    listing = subprocess.run(["readelf", "-SW", esp.BUILD / "BOOTX64.elf"],
                             stdout=subprocess.PIPE, check=True).stdout.decode()
    return {name: (int(address, 16), int(size, 16)) for name, address, size in
            re.findall(r"\] (\.\w+) +\w+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)",
                       listing)}


def test_what_is_packed_is_bootlink(tmp_path, data, image):
    (tmp_path / "image").write_bytes(image)
    subprocess.run([esp.BUILD / "pack", tmp_path / "image", tmp_path / "packed"],
                   check=True)
    packed = (tmp_path / "packed").read_bytes()
    assert packed in data
    assert u32(packed, 0) == len(image)
    assert unpacked(packed[4:]) == image


def test_its_parts_are_whole_pages(image, parts):
    """So that unpack.c can give each its own permissions."""
    code, rest, entry = struct.unpack_from("<III", image)
    assert parts[".rodata"][0] == 0
    assert (code, rest) == (parts[".text"][0], parts[".data"][0])
    assert code % PAGE == 0 and rest % PAGE == 0
    assert code <= entry < code + parts[".text"][1]


def test_no_code_shares_the_trampolines_page(parts):
    address, size = parts[".jump"]
    assert address % PAGE == 0 and 0 < size <= PAGE
    assert sum(parts[".text"]) <= address
    assert address + PAGE == parts[".data"][0]


def test_it_has_no_time_of_its_own(data, pe):
    assert u32(data, pe.file_header + 4) == 0


def test_another_folder_and_time_make_the_same_bytes(tmp_path):
    """Loader, kernel, modules and disk image."""
    for name in ("boot", "include", "kernel-sample", "loader", "tools"):
        shutil.copytree(esp.TOP / name, tmp_path / "elsewhere" / name)
    for name in ("Makefile", "linker.ld"):
        shutil.copy(esp.TOP / name, tmp_path / "elsewhere")
    environment = {**esp.outer_environment(), "TZ": "Asia/Tokyo"}
    subprocess.run(["make", "-s", "-j2", "BUILD=out", "out/disk.img"],
                   cwd=tmp_path / "elsewhere", env=environment, check=True)
    out = tmp_path / "elsewhere/out"
    for name in ("BOOTX64.EFI", "disk.img"):
        assert (out / name).read_bytes() == (esp.BUILD / name).read_bytes()
