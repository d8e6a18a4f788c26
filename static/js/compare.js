// Where a movie is pointed at or focused, the same movie lights up in the other lists.

function lightUp(event) {
  const card = event.target.closest?.(".compare .card");
  document.querySelectorAll(".compare .twin").forEach((each) => each.classList.remove("twin"));
  if (!card || event.type === "focusout") return;
  const twins = document.querySelectorAll(`.compare .card[data-movie-id="${card.dataset.movieId}"]`);
  if (twins.length > 1) twins.forEach((each) => each.classList.add("twin"));
}

for (const type of ["mouseover", "focusin", "focusout"]) document.addEventListener(type, lightUp);
