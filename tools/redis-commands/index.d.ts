export declare const list: readonly string[];
export declare function exists(name: string, options?: { caseInsensitive?: boolean }): boolean;
export declare function hasFlag(name: string, flag: string, options?: { nameCaseInsensitive?: boolean }): boolean;
export declare function getKeyIndexes(name: string, args: readonly unknown[], options?: object): number[];
