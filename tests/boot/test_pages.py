# SPDX-License-Identifier: BSD-2-Clause
"""Page tables read from the stopped machine and walked on all levels."""

import esp
import pages
import pytest
import results


def pages_at_end(boot, folder):
    """Stops when the sample kernel is done; its tables are the loader's."""
    machine = boot(folder, debug_exit=False, options=["-no-shutdown"])
    machine.wait_for("checks passed")
    return machine, list(pages.walk(machine))


def pages_at_start(boot, tmp_path, **arguments):
    machine = boot(esp.sample(tmp_path / "esp", twin="HALT"), **arguments)
    machine.wait_for(r"^handoff:")
    machine.wait_halted()
    return machine, list(pages.walk(machine))


def entry_page(serial):
    """The page of the kernel's first instruction."""
    return results.number(serial, r"image: kernel at .* entry 0x([0-9a-f]+)") \
        & ~0xfff


def test_a_page_made_writable_on_purpose_is_found(boot, tmp_path):
    machine, found = pages_at_end(
        boot, esp.sample(tmp_path / "esp", twin="PERMISSIONS"))
    page = entry_page(machine.serial())
    assert f"{page:#x} is writable and executable" in pages.violations(found)


def test_a_direct_map_made_writable_on_purpose_is_found(boot, tmp_path):
    machine, found = pages_at_end(
        boot, esp.sample(tmp_path / "esp", twin="DIRECT_MAP"))
    page = entry_page(machine.serial())
    assert any(line.startswith(f"{page:#x} is executable, and writable at ")
               for line in pages.violations(found))


@pytest.mark.parametrize("cpu", ["max", "qemu64"])
@pytest.mark.parametrize("memory", [
    "512M", pytest.param("8G", marks=pytest.mark.long)])
def test_no_page_is_writable_and_executable(boot, tmp_path, memory, cpu):
    _, found = pages_at_start(boot, tmp_path, memory=memory, cpu=cpu)
    assert pages.violations(found) == []


def test_segments_are_mapped_as_the_log_says(boot, tmp_path):
    machine, found = pages_at_start(boot, tmp_path)
    by_address = {page.address: page for page in found}
    segments = results.segments(machine.serial())
    assert len(segments) >= 4
    for segment in segments:
        offset = 0
        while offset < segment.size:
            page = by_address[segment.address + offset]
            assert page.physical == segment.physical + offset
            assert page.write == ("w" in segment.permissions)
            assert page.execute == ("x" in segment.permissions)
            offset += page.size


def test_nothing_else_of_the_top_2_gib_is_mapped(boot, tmp_path):
    machine, found = pages_at_start(boot, tmp_path)
    mapped = sum(page.size for page in found
                 if page.address >= 0xffffffff80000000)
    assert mapped == sum(segment.size for segment in
                         results.segments(machine.serial()))


def test_the_direct_map_is_never_executable(boot, tmp_path):
    """And only one page outside the images is: the trampoline."""
    machine, found = pages_at_start(boot, tmp_path)
    executable = [page for page in found if page.execute and
                  page.address < 0xffffffff80000000]
    trampoline = results.number(machine.serial(),
                                r"trampoline at 0x([0-9a-f]+)")
    assert [(page.address, page.physical, page.size) for page in executable] \
        == [(trampoline, trampoline, 4096)]


def test_page_zero_is_not_mapped(boot, tmp_path):
    _, found = pages_at_start(boot, tmp_path)
    assert not any(page.address == 0 for page in found)
