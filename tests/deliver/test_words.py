"""Words for a picture: from what the store knows, the same every time, and nothing about the person."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.body.poses import pose_names
from studio.deliver.alt_text import MOST_CHARACTERS, alt_text
from studio.deliver.colour_words import COLOUR_WORDS, colour_word
from studio.deliver.origin import origin_of, source_type
from studio.deliver.picture import encode
from studio.deliver.tags import Tags, read_tags
from studio.garment.catalog import fabric_names, load_fabric
from studio.specs.scene import scene_names
from studio.store import Input, Outcome, Recipe
from tests.deliver.floor import SKIRT, TEE, channel, publish_look, shoot

SMALL = {"size": (90, 130)}


def words(store, **options):
    return alt_text(origin_of(store, store.resolve(shoot(store, **SMALL | options))))


def test_the_sentence_says_what_is_worn_how_it_stands_and_before_what(store):
    assert words(store) == (
        "A virtual model wears a rust crew-neck T-shirt in cotton interlock jersey and a stone A-line skirt in cotton/polyester trouser "
        "twill, standing relaxed, seen from the front in full figure, on plain white."
    )
    assert words(store, camera="back").endswith("seen from behind in full figure, on plain white.")
    assert words(store, camera="portrait").endswith("twill, seen from the front, from the chest up, on plain white.")
    assert re.search(r"before an? .+ wall\.$", words(store, camera="hero", scene="campaign-dusk"))


def test_trousers_are_no_single_trouser_and_an_olive_one_is_an_olive_one(store):
    trousers = {**SKIRT, "garment": "straight-trousers", "colourway": "navy"}
    skirt = {**SKIRT, "colourway": "olive"}
    look = publish_look(store, garments=(trousers, skirt), name="pair", pose="seated")
    assert words(store, look=look).startswith(
        "A virtual model wears an olive A-line skirt in cotton/polyester trouser twill and navy straight trousers in cotton/polyester "
        "trouser twill, sitting upright"
    )


def test_what_is_not_in_the_picture_is_not_in_the_sentence(store):
    origin = origin_of(store, store.resolve(shoot(store, **SMALL)))
    text = alt_text(origin, shown=(False, True))
    assert text.startswith("A virtual model wears a rust crew-neck T-shirt in cotton interlock jersey, standing relaxed")
    assert alt_text(origin, shown=(False, False)).startswith("A virtual model, standing relaxed")


def test_a_long_outfit_loses_its_fabrics_before_its_garments(store):
    garments = tuple({**TEE, "garment": name} for name in ("tank", "tee", "long-sleeve-top", "shirt", "hoodie", "jacket"))
    text = words(store, look=publish_look(store, garments=garments, name="onion"))
    assert len(text) <= MOST_CHARACTERS
    assert "interlock" not in text
    for title in ("tank top", "crew-neck T-shirt", "long-sleeved top", "classic shirt", "hoodie", "bomber jacket"):
        assert title in text


def test_nothing_is_said_of_the_person(store):
    """What a twin is and looks like is in the store, and in no sentence."""
    text = words(store)
    about = r"woman|man\b|female|male|girl|boy|young|old|beaut|attract|slim|tall|skin|hair|ethnic|asian|african|european|caucas|smil|anna"
    assert not re.search(about, text, re.IGNORECASE)


def test_a_look_that_is_not_in_the_store_leaves_a_sentence_without_clothes(store):
    def build(draft):
        return Outcome({"look": "look/gone@1", "scene": "catalog-white", "camera": "front", "quality": "final"})

    shot = store.produce(
        kind="shot", name="orphan", recipe=Recipe("shot.shoot", (Input("look", "look/gone@1", "0" * 64),), {}), build=build
    )
    origin = origin_of(store, shot.asset)
    assert (alt_text(origin), origin.worn, origin.source_type) == ("A virtual model.", None, None)


@pytest.mark.parametrize("pose", pose_names())
def test_every_pose_of_the_library_has_words(store, pose):
    text = words(store, look=publish_look(store, pose=pose, name=f"look-{pose}"))
    assert re.search(r", (standing|sitting|walking|leaning|reaching|with one foot)[^,]*, seen from", text)
    assert "in the pose" not in text


@pytest.mark.parametrize("scene", scene_names())
def test_every_scene_of_the_library_has_words_for_where_it_is(store, scene):
    assert re.search(r" (on|before|in) (plain|an? |[a-z ]+ paper|desert)[^,]*\.$", words(store, scene=scene))


@pytest.mark.parametrize("fabric", fabric_names())
def test_every_colour_of_every_fabric_is_called_by_a_word_for_it(fabric):
    looks = load_fabric(fabric).appearance
    for name, colour in (("", looks.colour), *looks.colourways.items()):
        word = colour_word(colour, name=name)
        assert word in COLOUR_WORDS
        darkness = max(int(colour[place : place + 2], 16) for place in (1, 3, 5))
        assert ("white" in word) <= (darkness > 220)
        assert (word == "black") <= (darkness < 60)


@pytest.mark.parametrize("word", COLOUR_WORDS)
def test_a_colour_word_means_its_own_colour(word):
    assert colour_word(COLOUR_WORDS[word]) == word


def test_how_a_picture_came_about_is_read_from_its_lineage_and_cannot_be_denied(store):
    plain = store.resolve(shoot(store, **SMALL))
    assert source_type(store, plain) == "digitalCreation"

    def refined(draft):
        return Outcome(dict(plain.facts) | {"digital_source_type": "digitalCreation"})

    made = store.produce(
        kind="shot", name="r", recipe=Recipe("refine.shot", (Input("shot", str(plain.ref), plain.digest),), {}), build=refined
    )
    assert source_type(store, made.asset) == "compositeWithTrainedAlgorithmicMedia"
    # nor by shooting something that was made from it
    look = publish_look(store, name="laundered", inputs=(Input("shot", str(made.asset.ref), made.asset.digest),))
    assert source_type(store, store.resolve(shoot(store, look=look, **SMALL))) == "compositeWithTrainedAlgorithmicMedia"
    other = publish_look(store, name="other", stage="somebody.elses")
    assert source_type(store, store.resolve(shoot(store, look=other, **SMALL))) is None


@given(st.text(max_size=80), st.text(max_size=200), st.sampled_from(("digitalCreation", None)))
def test_tags_are_read_as_they_were_written_whatever_they_say(title, alt, source):
    from xml.dom.minidom import parseString

    packet = Tags(title, alt, source).packet()
    read = read_tags(packet)
    printable = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    assert read == Tags(printable.sub("", title), printable.sub("", alt), source)
    parseString(packet.decode().split("?>", 1)[1].rsplit("<?xpacket", 1)[0])  # and is well-formed


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_file_says_its_title_its_alt_text_and_how_it_was_made_and_keeps_its_pixels(kind):
    import io

    pixels = np.random.default_rng(0).integers(0, 255, (130, 90, 3), np.uint8)
    tags = Tags("SKU-1, front", 'Of "cotton" & <linen>, in a café.', "digitalCreation")
    data = encode(Image.fromarray(pixels), channel(formats=[kind]), tags)
    assert data == encode(Image.fromarray(pixels), channel(formats=[kind]), tags)
    with Image.open(io.BytesIO(data)) as picture:
        assert read_tags(picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")) == tags
        if kind == "png":
            assert (np.asarray(picture) == pixels).all()


@pytest.mark.parametrize("packet", [None, b"", b"no xml", b"<dc:title>x", b"x" * 300_000, Tags("a", "b", None).packet()[:400]])
def test_packets_that_say_nothing_are_read_as_nothing(packet):
    assert read_tags(packet) is None
