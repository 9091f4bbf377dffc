"""What makes reading cheap changes nothing that is read: what is looked up is what would be found by trying everything."""

from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.normal import sentences, without_links
from desk.recognising.patterns import FAR, Pattern
from desk.recognising.reading.clauses import clauses
from desk.recognising.reading.senses import senses
from desk.recognising.wording import Rule, wording

LETTERS = st.text(alphabet="абвгдежзиклмнопрстуфхцчшщыьэюяabcdefghiklmnoprstuvwy撤回同意सहमति .,!?;:-()@/", max_size=200)
PIECES = sorted(piece.rstrip("*") for piece in wording().pieces())
SAID = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


def tried_all(rules: tuple[Rule, ...], sentence: str) -> list[Rule]:
    def worded(patterns: tuple[Pattern, ...]) -> bool:
        return any(one.regex.search(f" {sentence} ") and all(more.found(sentence) for more in one.also) for one in patterns)

    return [rule for rule in rules if worded(rule.patterns) and not worded(rule.unless)]


@given(st.one_of(LETTERS, SAID))
def test_the_index_finds_what_trying_every_pattern_finds(text: str):
    for sentence in sentences(text):
        wanted = [one for one in wording().rules if not one.loose]
        assert wording().index.found(sentence.words) == tried_all(tuple(wanted), sentence.words)


def test_patterns_of_far_scripts_are_found_in_their_scripts():
    assert wording().index.found("我要撤回同意")
    assert not FAR.search("отзываю согласие, i withdraw")


@given(SAID)
def test_a_word_means_the_same_whether_it_was_met_before_or_not(text: str):
    table = senses("ru")
    for sentence in sentences(text):
        for clause in clauses(sentence, "ru"):
            for word in clause.words:
                alone = {(sense, form) for sense, form, length in table.of((word.text,), 0) if length == 1}
                assert alone <= set(word.senses) or not alone


@given(LETTERS)
def test_a_text_without_links_stays_as_it_is(text: str):
    if "@" not in text and "://" not in text and "www." not in text:
        assert without_links(text) == text
    assert "@" not in without_links(f"пишите anna@example.org {text.replace('@', '')}")
