"""What the sheets of a page hide is not read; what they hide from some readers only is."""

import pytest

from mail.parsing.htmltext import read_page
from mail.parsing.sheets import hiding

_HIDDEN = "<p>Привет</p><p class='a x b' id=y>скрыто</p>"


@pytest.mark.parametrize(
    "page",
    [
        f"<style>.x{{display:none}}</style>{_HIDDEN}",
        f"<style>/* .z */ p.x , .q {{ color:red; display : none !important }}</style>{_HIDDEN}",
        f"<style><!-- #y{{display:none}} --></style>{_HIDDEN}",
        f"<head><style>@media print{{.z{{color:red}}}} .x{{height:0;overflow:hidden}}</style></head>{_HIDDEN}",
        f"<style>.x{{position:absolute;left:-9999px}}</style>{_HIDDEN}",
        "<p>Привет</p><div style='height:0;overflow:hidden'>скрыто</div>",
        "<p>Привет</p><div style='position:absolute; left:-10000px'>скрыто</div>",
        "<p>Привет</p><div style='text-indent:-9999px'>скрыто</div>",
        f"<style>@import url(a.css); .x{{display:none}}</style>{_HIDDEN}",
    ],
)
def test_what_a_page_hides_is_left_out_and_counted(page):
    found = read_page(page)
    assert "скрыто" not in found.text
    assert "Привет" in found.text
    assert found.hidden == 6


@pytest.mark.parametrize(
    "page",
    [
        f"<style>@media (max-width:600px){{.x{{display:none}} .q{{color:red}}}}</style>{_HIDDEN}",
        f"<style>.z .x{{display:none}}</style>{_HIDDEN}",
        f"<style>.x:hover{{display:none}}</style>{_HIDDEN}",
        f"<style>.xx{{display:none}}</style>{_HIDDEN}",
        "<style>.x{display:none}</style><p>Привет</p><p class=x style='display:block'>скрыто</p>",
        f"<style>.x{{height:0}}</style>{_HIDDEN}",
        "<style>.x{display:none}</style><div class=x>скрыто</div>",
        f"<style>@media print{{.x{{display:none}}</style>{_HIDDEN}",
        "<p>Привет</p><p style='margin-left:-5px; left:-20px'>скрыто</p>",
    ],
)
def test_what_some_readers_see_stays(page):
    assert "скрыто" in read_page(page).text


def test_a_sheet_of_any_size_is_read_in_time():
    assert hiding("<style>" + "@media{" * 50_000 + ".x{" * 50_000 + "</style>") == frozenset()
