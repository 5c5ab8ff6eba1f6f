"""The two pages for teachers: every link leads somewhere, every quotation is true."""

import re
from functools import cache

import pytest
from chapters import CHAPTERS, LIVE_FIGURES, NOTEBOOKS, ROOT, read, shared

PAGES = [ROOT / "notebooks" / name for name in ("coverage.md", "teaching_guide.md")]
GUIDE = PAGES[1].read_text(encoding="utf-8")
# What the guide plans a class for: the chapters from 1 on, and a companion or two
CLASSES = [p for p in NOTEBOOKS if f"]({p.name})\n\n**Ask.**" in GUIDE]
# `figure: control = value; …`, and on the next line after "> " the sentence it shows
QUOTED = re.findall(r"`(\w+: [^`\n]*)`[^`\n]*\n\s*> (.+)", GUIDE)


@cache
def prose(chapter):
    """Return all text of a chapter."""
    cells = read(ROOT / "notebooks" / chapter).cells
    return "\n".join(c.source for c in cells if c.cell_type == "markdown")


def live_figure(name):
    """Return the live figure of that name."""
    return shared(next(make for make in LIVE_FIGURES if make.__name__ == name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_link_leads_to_the_section_it_names(page):
    links = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert links
    for text, target in links:
        assert (page.parent / target).exists(), target
        section = re.fullmatch(r"\d+, (.+)|(\d+\.\d+ .+)", text)
        if section:
            heading = f"## {section[1] or section[2]}"
            assert heading in prose(target).splitlines(), f"{text} in {target}"


@pytest.mark.parametrize(("state", "sentence"), QUOTED, ids=[s for s, _ in QUOTED])
def test_a_quoted_sentence_is_what_the_live_figure_says(state, sentence):
    name, settings = state.split(": ", 1)
    figure, values = live_figure(name), {}
    labelled = {c.description: (key, c) for key, c in figure.controls.items()}
    for setting in [] if settings == "at the start" else settings.split("; "):
        label, shown = setting.rsplit(" = ", 1)
        key, control = labelled[label]
        values[key] = value_shown(control, shown)
    assert figure.sentence(**figure.values(**values)) == sentence


def value_shown(control, shown):
    """Return the value of a control that a reader sees as `shown`."""
    if hasattr(control, "options"):
        pairs = (o if isinstance(o, tuple) else (o, o) for o in control.options)
        return dict(pairs)[shown]
    if isinstance(control.value, bool):
        return {"on": True, "off": False}[shown]
    value = type(control.value)(shown.replace("−", "-"))
    assert format(value, control.readout_format).replace("-", "−") == shown
    return value


def test_no_quotation_escapes_the_test_above():
    assert len(QUOTED) == len(re.findall(r"^\s*> ", GUIDE, re.MULTILINE)) > 0


def test_each_equation_that_the_guide_names_exists():
    everything = "".join(prose(path.name) for path in NOTEBOOKS)
    tags = set(re.findall(r"\\tag\{([\d.]+)\}", everything))
    assert set(re.findall(r"\((\d+\.\d+)\)", GUIDE)) <= tags


def test_each_plan_lasts_as_long_as_it_says():
    plans = re.findall(r"\*\*Plan\.\*\*(.+)", GUIDE)
    assert len(plans) == len(CLASSES) and {*CHAPTERS[1:]} <= {*CLASSES}
    for plan in plans:
        assert sum(map(int, re.findall(r"(\d+) min ", plan))) == 50, plan
    lecture = GUIDE.split("| minutes | what | where |")[1].split("\n\n")[0]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", lecture, re.MULTILINE))) == 90


@pytest.mark.parametrize("path", CLASSES, ids=lambda path: path.stem)
def test_the_guide_sets_each_exercise_of_a_chapter_once(path):
    said = re.findall(r"\*\*Exercise (\d+) \((class|home), (\d+) min", prose(path.name))
    assert len(said) == prose(path.name).count("**Exercise ")
    assert sorted(set_exercises(path)) == sorted(said)


def set_exercises(path):
    """Return number, place and minutes of each exercise that the guide sets."""
    part = GUIDE.split(f"]({path.name})\n\n**Ask.**")[1]
    line = re.search(r"\*\*Exercises\.\*\*(.+)", part)[1]
    places = re.findall(r"(Class|Home): ([^.]*)", line)
    return [
        (number, place.lower(), minutes)
        for place, listed in places
        for numbers, minutes in re.findall(r"([\d, and]+?) \((\d+) min", listed)
        for number in re.findall(r"\d+", numbers)
    ]


@pytest.mark.parametrize("path", CLASSES[:-1], ids=lambda path: path.stem)
def test_a_chapter_is_read_and_exercised_in_an_hour_of_class(path):
    """At 150 words and 10 lines of code a minute, with the exercises set for class."""
    cells = read(ROOT / "notebooks" / path.name).cells
    end = next(
        i for i, c in enumerate(cells) if c.source.startswith("## Check yourself")
    )
    words = " ".join(c.source for c in cells[:end] if c.cell_type == "markdown")
    words = re.sub(r"(?s)<details>.*?</details>|\$\$.*?\$\$", "", words).split()
    lines = [len(c.source.splitlines()) for c in cells[2:end] if c.cell_type == "code"]
    exercises = [int(m) for _, place, m in set_exercises(path) if place == "class"]
    assert len(words) / 150 + sum(lines) / 10 + sum(exercises) <= 50
    assert len(cells) <= 90
