"""What is refused for want of memory, and what bounds the memory there is."""

import subprocess
import sys

import pytest

from wgan.errors import InputError
from wgan.memory import available_memory, in_words, require_memory


def test_there_is_some():
    assert 1 << 20 < available_memory() < 1 << 50
    require_memory(1 << 10, "a page", "nothing to do")


@pytest.mark.parametrize("needed", [float("nan"), float("inf"), 2**90])
def test_no_task_of_any_size_passes(needed):
    with pytest.raises(InputError, match=r"it needs .* are free; take less"):
        require_memory(needed, "it", "take less")


def test_sizes_in_words():
    assert [in_words(n) for n in (0, 1023, 2**10, 37.25 * 2**30, 2**80)] == [
        *("0.0 bytes", "1023.0 bytes", "1.0 KiB", "37.2 GiB", "1048576.0 EiB")
    ]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit that Linux keeps")
def test_a_limit_of_the_process_counts():
    code = (
        "import resource; from wgan.memory import available_memory as free;"
        "resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30)); print(free() < 6 << 30)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
