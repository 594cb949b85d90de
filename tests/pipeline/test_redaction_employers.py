"""Employers go from headers that are sentences and from what a sentence tells; the trade and its tools stay."""

import pytest

from tests.pipeline.test_redaction import redacted


def text_of(resume: str) -> str:
    return "\n".join(block.text for block in redacted(resume))


INTRO = "Robin Averill\n\nrobin@averill.example, Porto\n\nBackend developer since 2010, mostly billing.\n\n"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Before. 2013 to 2018 at Lánchíd Jegyek, ticket machines for a company: refunds and daily closing.", "Jegyek"),
        ("I came from physiotherapy in 2022 and have been at Liftwall ever since. It is an app.", "Liftwall"),
        ("Pebble & Tern Ads, 2019 →\nledger of an ad network", "Pebble"),
        ("I live by the lake, and I have worked on Collection Plates for nine years. We are four.", "Plates"),
        ("I have worked on Zollverein for nine years. We are four.", "Zollverein"),
        ("Pohjen Sähkölataus (EV charging), 2018– 3,100 charge points in Finland and north Sweden.", "Pohjen"),
        ("Analyst programmer at Adriaporto Servizi, software house of 22 persons which makes invoices.", "Adriaporto"),
        ("2021–now: Kolo Metriks, product analytics SaaS, 11 developers. Node.js and Go.", "Metriks"),
        ("Patapsko Freight, developer, 2012–2017. EDI 214 and 990 messages, trading partners.", "Patapsko"),
        ("2020– Pudget Dialysis Alliance. Integration engineer, team of 4, 38 clinics.", "Pudget"),
        ("Bacon Hill Children's Hospital, Senior Integration Engineer, since 2017. Team 7 of 35 people.", "Bacon"),
        ("Consorzio Salute Mobila, Porto (since 2014), lead architect of the platform for transport.", "Consorzio"),
        ("Alderkote Medicines Locator, 2014 to date. Developer; since 2016 the one who looks after it.", "Alderkote"),
        ("Trantor & Sons, builders' merchants, Porto, 2009 to 2014. Stock and trade counter.", "Trantor"),
        ("2018 until now. DOMARAK a.s., real estate + land portal, Porto. Backend.", "DOMARAK"),
        ("Rowerova, public bikes in nine Polish cities (2019 to now). 6,400 bikes, 410 docks.", "Rowerova"),
        ("Pohjen Sähkölataus (EV charging), 2018–\n3,100 charge points.", "Pohjen"),
        ("I make the software for solar kiosks at Nataal Énergie. Since 2017, first alone.", "Nataal"),
        ("Scootr-like company called Wippo (e-mopeds, 5 cities), Backend Engineer, 2021–2024", "Wippo"),
        ("Since 2015 at Murtel Maut- und Schrankensysteme (barriers for car parks and roads, 1,700 sites).", "Murtel"),
        ("2016 – present: ÉCLUSES DU RHIN SERVICES. Remote control of 74 locks and 210 posts.", "RHIN"),
        (
            "QuayPosten, lead backend developer, lockers on ferry piers and at petrol stations. 2019 to date.",
            "QuayPosten",
        ),
        (
            "Fietslods, web shop for bicycle parts, Porto\n\nSept 2023 to now. We are four: the owner and me.",
            "Fietslods",
        ),
    ],
)
def test_an_employer_goes_from_a_header_that_is_a_sentence(line: str, name: str) -> None:
    text = text_of(INTRO + line)
    assert name not in text
    assert "[EMPLOYER]" in text


def test_an_employer_of_a_sentence_goes_wherever_it_is_mentioned() -> None:
    text = text_of(f"{INTRO}Since 2015 at Trantor & Sons (barriers).\n\n- Trantor's stock was wrong by 4%.")
    assert "Trantor" not in text


@pytest.mark.parametrize(
    "line",
    [
        "Rewrote the billing in Kotlin, 2019 to 2021. It took two summers.",
        "Terraform and Kafka, since 2019. Before that by hand.",
        "PostgreSQL, 2012 to 2020: partitions, logical replication, one upgrade at night.",
        "2019 to 2021: Java, Kafka and PostgreSQL, mostly reading.",
        "Have been at GitHub Actions ever since 2020, and at Jenkins before.",
        "Looked at Prometheus since the pages came too late.",
        "I have worked with React Native for six years.",
        "I have worked on Billing for six years, and in 2019 - the year of the move - on ledgers.",
        "A service called Redis stood behind it.",
        "Engineer at heart, at Black Friday on the phone.",
    ],
)
def test_technology_and_plain_words_beside_dates_are_no_employers(line: str) -> None:
    assert "[EMPLOYER]" not in text_of(INTRO + line)


def test_a_permit_with_a_date_is_no_employer() -> None:
    assert "Stamp 4 since October 2022" in text_of(
        f"{INTRO}Ireland: Stamp 4 since October 2022, right to work for anybody."
    )


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Quenbury Haulage Ltd", "Quenbury's ledger was late"),
        ("Birkenfried Maschinenbau GmbH & Co. KG", "The birch of Birkenfrieds Lager was late"),
        ("Groupe Clairfontel", "Orders of Clairfontel were late"),
        ("Bodegas Ribaltera", "Orders of Ribaltera were late"),
        ("Navacerril Energía S.L.U.", "Navacerril runs it at night"),
        ("Kalinowiec Ubezpieczenia Sp. z o.o.", "Kalinowiec runs it at night"),
        ("Karsuyum Tekstil A.Ş.", "Karsuyum'da it runs at night"),
        ("Serraventi Energia S.p.A.", "Serraventi runs it at night"),
        ("Molkerei Tannwiesel", "Orders of Tannwiesel were late"),
        ("Fromageries Bassompierre", "Orders of Bassompierre were late"),
        ("Stichting Waterlinden", "Waterlinden runs it at night"),
    ],
)
@pytest.mark.parametrize("header", ["### Backend engineer, {}\n\n2018 - 2024", "01/2017 - 06/2024 Engineer\n{}, Porto"])
def test_an_employer_goes_where_it_is_called_by_its_telling_word(name: str, called: str, header: str) -> None:
    text = text_of(f"{INTRO}WORK\n\n{header.format(name)}\n\n- Moved to Kafka. {called}.")
    telling = max((word for word in name.split() if word.strip("'s") in called), key=len)
    assert telling not in text
    assert "Moved to Kafka" in text


def test_an_employer_that_is_called_by_a_word_of_the_trade_goes_only_where_somebody_is_at_it() -> None:
    text = text_of(
        f"{INTRO}WORK\n\n### Backend engineer, Kafka Consulting Ltd\n\n2018 - 2024\n\n"
        "- A client for Kafka, and Kafka Streams with Kafka Connect.\n- At Kafka I was on call."
    )
    assert "A client for Kafka, and Kafka Streams with Kafka Connect." in text
    assert "At [EMPLOYER] I was on call." in text


def test_an_employer_that_is_called_by_a_plain_word_goes_with_its_capital_behind_at_or_for() -> None:
    text = text_of(
        f"{INTRO}WORK\n\n### Backend engineer, Harbour Payments Ltd\n\n2018 - 2024\n\n"
        "- Worked for Harbour. A payments team; Payments were late in the harbour, for harbour fees."
    )
    assert "Worked for [EMPLOYER]. A payments team; Payments were late in the harbour, for harbour fees." in text


def test_a_word_that_the_candidate_also_writes_small_is_no_employer_by_itself() -> None:
    text = text_of(
        f"{INTRO}WORK\n\n### Backend engineer, Szklarnia Software Ltd\n\n2018 - 2024\n\n"
        "- Szklarnia means a greenhouse, and szklarnia controllers are what we wrote."
    )
    assert "Szklarnia means a greenhouse" in text


def test_a_second_word_that_is_a_noun_in_the_resume_is_no_employer_by_itself() -> None:
    text = text_of(
        f"{INTRO}WORK\n\n### Backend engineer, Ostwendel Frachtgut GmbH\n\n2018 - 2024\n\n"
        "- Ostwendel zahlte. Das Frachtgut kam spät, und Frachtgut ohne Papiere blieb liegen."
    )
    assert "[EMPLOYER] zahlte. Das Frachtgut kam spät, und Frachtgut ohne Papiere blieb liegen." in text
