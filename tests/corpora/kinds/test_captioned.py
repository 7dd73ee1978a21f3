"""Images with captions, in every form that is read, and what is said of damaged ones."""

import json

import pytest
from drawing import encoded, noise
from own_files import refusal, write

from seqtasks import corpora
from seqtasks.corpora.faults import Faults
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.captioned import Captioned

KIND = KINDS["captioned"]


def images(folder, *names):
    for number, name in enumerate(names):
        write(folder / name, encoded(noise(6, 8, number)))


def captions_of(rows):
    return [(row["image"].name, row["captions"]) for row in rows]


@pytest.fixture
def pictures(tmp_path):
    images(tmp_path / "Images", "a.jpg", "b.png", "c.gif")
    return tmp_path


WANTED = [("a.jpg", ("a dog, running", "dogs")), ("b.png", ("a cat",))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.tsv", "a.jpg\ta dog, running\nb.png\ta cat\na.jpg\tdogs\n"),
        ("named.tsv", "image\tcaption\na.jpg\ta dog, running\na.jpg\tdogs\nb.png\ta cat\n"),
        (
            "mine.jsonl",
            '{"image": "a.jpg", "captions": ["a dog, running", "dogs"]}\n{"image": "b.png", "caption": "a cat"}\n',
        ),
        ("captions.txt", "image,caption\na.jpg,a dog, running\na.jpg,dogs\nb.png,a cat\n"),
        ("quoted.txt", 'image, caption\na.jpg,"a dog, running"\na.jpg,dogs\nb.png,"a cat"\n'),
        ("Flickr8k.token.txt", "a.jpg#0\ta dog, running\na.jpg#1\tdogs\nb.png#0\ta cat\n"),
        (
            "dataset.json",
            json.dumps(
                {
                    "images": [
                        {
                            "filename": "a.jpg",
                            "split": "train",
                            "sentences": [{"raw": "a dog, running"}, {"raw": "dogs"}],
                        },
                        {"filename": "b.png", "split": "test", "sentences": [{"raw": "a cat"}]},
                    ]
                }
            ),
        ),
        (
            "captions_train2014.json",
            json.dumps(
                {
                    "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.png"}],
                    "annotations": [
                        {"image_id": 7, "caption": "a dog, running"},
                        {"image_id": 3, "caption": "a cat"},
                        {"image_id": 7, "caption": "dogs"},
                    ],
                }
            ),
        ),
    ],
)
def test_every_form_gives_the_same_rows(pictures, name, content):
    rows = KIND.read_file(write(pictures / name, content))
    assert captions_of(rows) == WANTED
    assert rows[0]["image"].read() == (pictures / "Images" / "a.jpg").read_bytes()


def test_columns_may_be_chosen(pictures):
    path = write(pictures / "mine.tsv", "said\tnumber\tpicture\na cat\t1\tb.png\n")
    assert captions_of(KIND.read_file(path, image="picture", caption="said")) == WANTED[1:]
    path = write(pictures / "mine.jsonl", '{"picture": "b.png", "said": "a cat"}\n')
    assert captions_of(KIND.read_file(path, image="picture", caption="said")) == WANTED[1:]


def test_things_and_their_boxes_are_kept(pictures):
    record = {"image": "a.jpg", "caption": "a dog", "things": {"dog": [[0, 0, 0.5, 1]]}}
    (row,) = KIND.read_file(write(pictures / "mine.jsonl", json.dumps(record) + "\n"))
    assert row["things"] == {"dog": ((0.0, 0.0, 0.5, 1.0),)}
    record["things"] = {"dog": [[0.5, 0, 0.5, 1]]}
    said = refusal(KIND.read_file, write(pictures / "mine.jsonl", json.dumps(record) + "\n"))
    assert "mine.jsonl:1: 'things' must be {noun: [[left, top, right, bottom], ...]}" in said


def splits(folder, **options):
    found = corpora.load(folder, kind="captioned", **options)
    return {name: [row["image"].name for row in rows] for name, rows in found.splits.items()}


def test_flickrs_lists_of_images_are_the_splits(pictures):
    write(pictures / "Flickr8k.token.txt", "a.jpg#0\tdog\nb.png#0\tcat\nc.gif#0\tcow\nb.png#1\ta cat\n")
    write(pictures / "Flickr_8k.trainImages.txt", "c.gif\n")
    write(pictures / "Flickr_8k.devImages.txt", "b.png\n")
    write(pictures / "Flickr_8k.testImages.txt", "a.jpg\n")
    assert splits(pictures) == {"train": ["c.gif"], "dev": ["b.png"], "test": ["a.jpg"]}


def test_karpathys_splits_are_kept(tmp_path):
    images(tmp_path / "val2014", "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    names = {"a.jpg": "restval", "b.jpg": "val", "c.jpg": "test", "d.jpg": "train"}
    record = [
        {"filepath": "val2014", "filename": name, "split": split, "sentences": [{"raw": "x"}]}
        for name, split in names.items()
    ]
    write(tmp_path / "dataset_coco.json", json.dumps({"images": record}))
    found = splits(tmp_path)
    assert found == {"train": ["val2014/a.jpg", "val2014/d.jpg"], "dev": ["val2014/b.jpg"], "test": ["val2014/c.jpg"]}


def test_cocos_files_are_the_splits(tmp_path):
    for year, name in (("train2014", "a.jpg"), ("val2014", "b.jpg")):
        images(tmp_path / year, name)
        record = {"images": [{"id": 1, "file_name": name}], "annotations": [{"image_id": 1, "caption": "x"}]}
        write(tmp_path / "annotations" / f"captions_{year}.json", json.dumps(record))
    assert splits(tmp_path) == {"train": ["a.jpg"], "dev": ["b.jpg"]}


def test_splits_are_by_image_and_equal_images_stay_together(tmp_path):
    images(tmp_path, *(f"{number}.png" for number in range(40)))
    lines = ["image,caption", *(f"{number}.png,caption {copy}" for number in range(40) for copy in range(3))]
    # The same image under ten other names.
    for number in range(10):
        write(tmp_path / f"copy{number}.png", (tmp_path / "7.png").read_bytes())
        lines.append(f"copy{number}.png,a copy")
    write(tmp_path / "captions.txt", "\n".join(lines) + "\n")
    corpus = corpora.load(tmp_path, kind="captioned", dev=4, test=4)
    assert [len(rows) for rows in corpus.splits.values()] == [42, 4, 4]
    assert all(len(row["captions"]) == 3 for name in ("dev", "test") for row in corpus.splits[name])
    digests = [{row["image"].digest for row in rows} for rows in corpus.splits.values()]
    assert not digests[0] & digests[1] and not digests[0] & digests[2] and not digests[1] & digests[2]
    again = corpora.load(tmp_path, kind="captioned", dev=4, test=4)
    assert again.fingerprint == corpus.fingerprint
    write(tmp_path / "3.png", encoded(noise(6, 8, 99)))
    assert corpora.load(tmp_path, kind="captioned", dev=4, test=4).fingerprint != corpus.fingerprint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("A.jpg\tdog\n", "mine.tsv:1: no image 'A.jpg' in {folder}/Images; check the name (did you mean 'a.jpg'?)"),
        ("a.jpg\t \n", "mine.tsv:1: a caption is empty; fill it in or remove the example"),
        ("no.jpg\tdog\n", "mine.tsv:1: image 'no.jpg': not JPEG, PNG, GIF or BMP (it begins with 'hello'); convert"),
        ("a.jpg\tdog\tx\nb.png\tcat\n", "mine.tsv:2: 2 tab-separated columns, but the first line has 3"),
        ("a.jpg,dog\nb.png,cat\n", "mine.tsv:1: the columns seem to be divided by commas"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(pictures, content, said):
    write(pictures / "Images" / "no.jpg", "hello")
    assert said.format(folder=pictures) in refusal(KIND.read_file, write(pictures / "mine.tsv", content))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"image": "a.jpg"}\n', "a.jsonl:1: 'image' must be a string and 'captions' a string or a list"),
        ("a.jsonl", '{"image": "a.jpg", "captions": []}\n', "a.jsonl:1: image 'a.jpg' has no caption; write one"),
        ("a.json", "{", "a.json:1: not JSON"),
        ("a.json", '{"images": [{"name": "x"}]}', "a.json: neither Karpathy's form"),
        ("a.json", '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}', "image 1: image 'a.jpg' has no"),
        ("a.txt", "a.jpg a dog\n", "a.txt:1: expected the header 'image,caption'"),
        ("a.txt", "image,caption\na.jpg\n", "a.txt:2: expected an image, a comma and a caption"),
        ("a.txt", "a.jpg#0\tdog\na.jpg\tdog\n", "a.txt:2: expected an image, # and a number, a tab and a caption"),
    ],
)
def test_what_is_wrong_with_other_forms_is_said(pictures, name, content, said):
    assert said in refusal(KIND.read_file, write(pictures / name, content))


def test_faulty_images_may_be_left_out(pictures):
    path, faults = write(pictures / "mine.tsv", "A.jpg\tdog\nb.png\tcat\n"), Faults(skip=True)
    assert captions_of(KIND.read_file(path, faults=faults)) == [("b.png", ("cat",))]
    assert faults.places == [f"{path}:1"]


def test_images_without_a_caption_are_told(pictures, caplog):
    KIND.read_file(write(pictures / "mine.tsv", "a.jpg\tdog\n"))
    assert "images without a caption are left out: b.png, c.gif" in caplog.text


def test_a_report_has_sizes_languages_and_images_in_two_splits(pictures):
    write(pictures / "Images" / "copy.png", (pictures / "Images" / "a.jpg").read_bytes())
    for split, lines in (
        ("train", "a.jpg\tdog\na.jpg\tdog\nb.png\tcat\n"),
        ("dev", "copy.png\ta dog\n"),
        ("test", "c.gif\tcow\n"),
    ):
        write(pictures / f"{split}.tsv", lines)
    report = corpora.report(corpora.load(pictures, kind="captioned", language="de"))
    assert report.languages == ("de",)
    assert report.splits["train"].sizes == {"8 x 6": 2}
    assert report.problems == [
        "train: 1 repeated caption of one image",
        "dev: 1 of 1 rows have their image in train too",
    ]
    facts = dict(Captioned().facts(report.splits["train"], None))
    assert facts[""] == "2 images, 3 captions"
    assert facts["sizes"] == "8 x 6 (2) of 2 looked at"


def test_flip_and_language_are_for_captions_only(tmp_path):
    said = refusal(corpora.load, "reverse", language="de")
    assert said == "corpus.language is no setting of parallel text; leave it out"
