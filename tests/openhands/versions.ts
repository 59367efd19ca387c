/** Releases of OpenHands that the engine is held to, newest first: the newest on PyPI and the one before. */
export const newest = '1.58.2';
export const previous = '1.58.1';
