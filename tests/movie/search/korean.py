"""A catalogue of Korean titles: most films have an English one beside it, some a director and an original title."""

from __future__ import annotations

import numpy as np

from movie.catalogue.base import Catalogue, Film
from pytorch_models.datasets.interactions import Interactions

MATRIX, PARASITE, MEMORIES, MOTHER = 1, 2, 3, 4
_ROWS = """
매트릭스|The Matrix|1999|Action|Lana Wachowski
기생충|Parasite|2019|Drama|봉준호
살인의 추억|Memories of Murder|2003|Crime|봉준호
마더|Mother|2009|Drama|봉준호
괴물|The Host|2006|Horror|봉준호
설국열차|Snowpiercer|2013|Sci-Fi|봉준호
올드보이|Oldboy|2003|Thriller|박찬욱
아가씨|The Handmaiden|2016|Romance|박찬욱
친절한 금자씨|Lady Vengeance|2005|Thriller|박찬욱
헤어질 결심|Decision to Leave|2022|Romance|박찬욱
공동경비구역 JSA|Joint Security Area|2000|Drama|박찬욱
부산행|Train to Busan|2016|Horror|연상호
버닝|Burning|2018|Drama|이창동
시|Poetry|2010|Drama|이창동
밀양|Secret Sunshine|2007|Drama|이창동
박하사탕|Peppermint Candy|1999|Drama|이창동
오아시스|Oasis|2002|Romance|이창동
곡성|The Wailing|2016|Horror|나홍진
추격자|The Chaser|2008|Thriller|나홍진
황해|The Yellow Sea|2010|Thriller|나홍진
타짜|Tazza: The High Rollers|2006|Crime|최동훈
암살|Assassination|2015|Action|최동훈
도둑들|The Thieves|2012|Action|최동훈
왕의 남자|The King and the Clown|2005|Drama|이준익
동주|Dongju|2016|Drama|이준익
국제시장|Ode to My Father|2014|Drama|윤제균
해운대|Haeundae|2009|Action|윤제균
명량|The Admiral|2014|Action|김한민
신세계|New World|2013|Crime|박훈정
마녀|The Witch|2018|Action|박훈정
광해, 왕이 된 남자|Masquerade|2012|Drama|추창민
택시 운전사|A Taxi Driver|2017|Drama|장훈
아멜리에|Amélie|2001|Romance|Jean-Pierre Jeunet
2012|2012|2009|Action|Roland Emmerich
"""


def korean() -> Catalogue:
    rows = [line.split("|") for line in _ROWS.strip().splitlines()]
    films = [
        Film(i, english, int(year), title_ko=title, genres=(genre,), directors=(director,))
        for i, (title, english, year, genre, director) in enumerate(rows, start=1)
    ]
    films[32] = Film(33, "Amélie", 2001, original_title="Le fabuleux destin d'Amélie Poulain", title_ko="아멜리에")
    n = len(films)
    users = np.repeat(np.arange(1, n + 1), np.arange(n, 0, -1))  # the first film has most ratings
    movies = np.concatenate([np.arange(1, k + 1) for k in range(n, 0, -1)])
    return Catalogue("korean", films, Interactions.of(users, movies, star=np.full(len(users), 8, np.int8)))
