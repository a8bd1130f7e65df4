"""Pictures by name: found where they may be, measured, refused by name elsewhere."""

from __future__ import annotations

import struct
import zlib

import pytest

from budgetgen.template.language.rendered import EMU_PER_CM, picture_finder, picture_of


def png(width=30, height=20, dots_per_metre=0):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0\x10\x10" * width for _ in range(height))
    resolution = chunk(b"pHYs", struct.pack(">IIB", dots_per_metre, dots_per_metre, 1)) if dots_per_metre else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + resolution
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width=30, height=20, dots_per_inch=72):
    """The head of one: nothing else is read."""
    jfif = b"\xff\xe0\x00\x10JFIF\0\x01\x01" + struct.pack(">BHH", 1, dots_per_inch, dots_per_inch) + b"\0\0"
    return b"\xff\xd8" + jfif + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)


@pytest.fixture
def find(tmp_path):
    near, far = tmp_path / "近", tmp_path / "远"
    for folder, name, data in (
        (near, "章.png", png()), (far, "章.png", png(1, 1)), (far, "楼.JPG", jpeg()), (tmp_path, "外.png", png()),
        (far, "假.png", b"GIF89a"), (far, "短.jpg", b"\xff\xd8\xff\xe0"),
    ):  # fmt: skip
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (far / "链.png").symlink_to(tmp_path / "外.png")
    return picture_finder([near, far, tmp_path / "没有"])


@pytest.mark.parametrize(
    ("data", "arguments", "size"),
    [
        (png(96, 48), {}, (914_400, 457_200)),
        (png(100, 50, 3937), {}, (914_400, 457_200)),
        (jpeg(72, 36), {}, (914_400, 457_200)),
        (png(30, 20), {"width": "3cm"}, (3 * EMU_PER_CM, 2 * EMU_PER_CM)),
        (png(30, 20), {"height": "20mm"}, (3 * EMU_PER_CM, 2 * EMU_PER_CM)),
        (png(30, 20), {"width": "1 厘米", "height": "1in"}, (EMU_PER_CM, 914_400)),
        (png(30, 20), {"width": "72磅"}, (914_400, 609_600)),
    ],
)
def test_sizes(data, arguments, size):
    picture = picture_of(data, **arguments)
    assert (picture.width, picture.height) == size


def test_the_nearest_folder_counts(find):
    assert find("章.png", 宽="3cm", 说明="公章").data == png()
    assert find("章.png", 说明="公章").text == "公章"
    assert find("楼.JPG").kind == "jpeg"


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("张.png", {}, "没有图片“张.png”，是否想写“"),
        ("../外.png", {}, "只写文件名"),
        ("C:外.png", {}, "只写文件名"),
        (".章.png", {}, "只写文件名"),
        ("章\n.png", {}, "只写文件名"),
        ("链.png", {}, "没有图片“链.png”"),
        ("章.svg", {}, "不是 png 或 jpg 文件"),
        ("假.png", {}, "图片“假.png”：不是 png 或 jpg 图片"),
        ("短.jpg", {}, "图片“短.jpg”：图片损坏"),
        ("章.png", {"宽": "大"}, '宽写作“大”，要写成如 宽="3cm"'),
        ("章.png", {"高": "9999cm"}, "最多 100cm"),
        ("章.png", {"宽": "0cm"}, "最多 100cm"),
    ],
)
def test_what_is_refused(find, name, arguments, words):
    with pytest.raises((LookupError, ValueError)) as caught:
        find(name, **arguments)
    assert words in str(caught.value)
