from pytorch_models.handed_on import HandedOn


def test_the_same_is_fitted_once_and_the_last_alone_is_kept() -> None:
    handed_on: HandedOn[list[int]] = HandedOn()
    first = handed_on.get("a setting", lambda: [1])
    assert handed_on.get("a setting", lambda: [2]) is first
    assert handed_on.get("another", lambda: [3]) == [3]
    assert handed_on.get("a setting", lambda: [4]) == [4]
