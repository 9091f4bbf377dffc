"""A desk whose settings name processors and systems."""

from pathlib import Path

import pytest

from desk.context import Processor, System
from tests.desk.people import Bench, Now, make_desk

DELIVERY = Processor(
    "ООО «Доставка»", "г. Москва", "privacy@delivery.example", "Д-17", data_categories=("имя", "адрес"), confirm_within_days=5
)
MAILING = Processor("ООО «Рассылка»", "г. Тверь", "dpo@mailing.example", data_categories=("имя",), confirm_within_days=5)
REVIEWS = Processor("ООО «Отзывы»", "г. Омск", "legal@reviews.example", publishes=True, confirm_within_days=2)
ARCHIVE = Processor("ООО «Архив»", "г. Пермь", "", confirm_within_days=5)
SITE, PAPERS = System("Сайт", ("имя", "телефон")), System("Архив заявлений", ("имя", "подпись"), paper=True)


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now) -> Bench:
    return Bench(make_desk(tmp_path, processors=(DELIVERY, MAILING, REVIEWS), systems=(SITE, PAPERS)), now)
