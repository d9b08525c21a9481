"""The visits by which a compiler learns, which otherwise run only for a release."""

from pathlib import Path


def test_each_visit_of_the_training_is_answered(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent / "speed")
    import train

    once = [(*visit, 1) for *visit, _count in train.VISITS]
    monkeypatch.setattr(train, "VISITS", once)
    monkeypatch.setattr(train, "at_once", lambda _count, call: call())
    train.main()
