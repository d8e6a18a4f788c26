from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_models.datasets.readers import RatingFileError, read_folder


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "ratings.csv",
            "userId,movieId,rating,timestamp\n7,31,2.5,1260759144\n7,10,4.0,1260759100\n9,31,5,1260759200\n",
        ),
        ("ratings.dat", "7::31::2.5::1260759144\n7::10::4::1260759100\n9::31::5::1260759200\n"),
        ("u.data", "7\t31\t2.5\t1260759144\n7\t10\t4\t1260759100\n9\t31\t5\t1260759200\n"),
        (
            "ml.inter",
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n7\t31\t2.5\t1260759144\n7\t10\t4\t1260759100\n9\t31\t5\t1260759200",
        ),
        ("rates.csv", "user,movie,rate,time\n7,31,2.5,1260759144\n7,10,4,1260759100\n\n9,31,5,1260759200\n"),
    ],
)
def test_it_reads_each_published_layout(tmp_path: Path, name: str, text: str) -> None:
    ratings = read_folder(write(tmp_path, name, text))
    assert ratings.users.ids.tolist() == [7, 9]
    assert ratings.movies.id_at(ratings.movie_idx).tolist() == [10, 31, 31]  # by user, then time
    assert ratings.star.tolist() == [8, 5, 10]
    assert ratings.at[0] == 1260759100_000


def test_a_scale_of_ten_is_not_doubled(tmp_path: Path) -> None:
    text = "1::114508::8::1381006850\n1::102926::9::1590148016\n2::114508::0::1381006851\n"
    assert read_folder(write(tmp_path, "ratings.dat", text)).star.tolist() == [8, 9, 1]


def test_it_reads_adjacency_lists_of_both_parts(tmp_path: Path) -> None:
    write(tmp_path, "train.txt", "0 5 3\n1 3\n2\n")
    ratings = read_folder(write(tmp_path, "test.txt", "0 9\n"))
    assert (ratings.n_users, ratings.movies.ids.tolist(), len(ratings)) == (2, [3, 5, 9], 4)


@pytest.mark.parametrize(
    ("name", "text", "line", "column"),
    [
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,2,3.0,4\n1,x,3.0,4\n", 3, "movie"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,2,3.0,4\n\n1,3,good,4\n", 4, "rating"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,2,11,4\n", 2, "rating"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,2,nan,4\n", 2, "rating"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,2,3.0\n", 2, "time"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n,2,3.0,7\n", 2, "user"),
        ("ratings.csv", 'userId,movieId,rating,timestamp\n1,"2",3.0,7\n', 2, "movie"),
        ("ratings.dat", "1::2::3::4\n1::2.5::3::4\n", 2, "movie"),
        ("u.data", "1\t2\t3\t4\n1\t2\tthree\t4\n", 2, "rating"),
        ("train.txt", "0 1 2\n1 2 three 4\n", 2, "3"),
        ("train.txt", "0 1 -2\n", 1, "3"),
    ],
)
def test_a_bad_row_names_file_line_and_column(tmp_path: Path, name: str, text: str, line: int, column: str) -> None:
    with pytest.raises(RatingFileError) as caught:
        read_folder(write(tmp_path, name, text))
    assert f"{name}, line {line}, column '{column}'" in str(caught.value)


def test_a_row_with_too_many_fields_names_its_line(tmp_path: Path) -> None:
    text = "userId,movieId,rating,timestamp\n1,2,3.0,4\n1,2,3.0,4,5\n"
    with pytest.raises(RatingFileError, match="line 3"):
        read_folder(write(tmp_path, "ratings.csv", text))


def test_a_folder_without_ratings_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ratings\.csv"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["ratings.csv", "train.txt"])
def test_an_empty_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(RatingFileError, match=name):
        read_folder(write(tmp_path, name, ""))
