/**
 * The version of what this package produces. It enters the result cache's key: raise it with every
 * change that alters an analysis or a connector, and old results are no longer served.
 */
export const ENGINE_VERSION = '6';
