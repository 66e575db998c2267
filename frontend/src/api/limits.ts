/** Limits that the server keeps to: written by `python3 manage.py limits`, from `annotator/api/limits.py`. */
export const LIMITS = {
  daysToTakeBack: 30,
  reasonLetters: 200,
  actCells: 10000,
  after: 2000,
  operationsAtOnce: 1000,
  imagesAhead: 3,
  imagesExcluded: 500,
  imagesAtOnce: 200,
  previewBest: 12,
  leastImageSize: 64,
  mostImageSize: 1024,
  mostTilesSuggested: 240,
  drawnTiles: 5,
  colours: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56799e", "#7a4fa3", "#a63d40", "#4d7c2a", "#5b6770"],
  socketForbidden: 4403,
} as const;
