/** Reads a whole table in four segments, two of them at a time, and says how far it has come. */
export default async function scanParallel(db) {
  // region
  const notes = db.model("Note");
  await notes.batchPut(Array.from({ length: 100 }, (_, n) => ({ pk: `u#${n}`, sk: "n#1" })));

  let last;
  const found = await notes
    .scan()
    .segments(4, 2)
    .all({
      onProgress: (progress) => {
        last = progress;
      },
    });
  console.log(found.length, "notes,", last.segmentsDone, "of", last.segments, "segments");
  // endregion
}

// Output:
// 100 notes, 4 of 4 segments
