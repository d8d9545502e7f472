// Package reload lets a window's program change its code and its resources while it
// runs, and keep its state.
//
// A program registers its components by name ([Register]) and shows them through a
// [Host]; the small packages fynereload, gioreload and ebitenreload fit it to a
// toolkit. What must outlive a change is kept in a [State], what a component starts
// belongs to its [Scope], and pictures and texts come from an [FS] by a [Resource].
// In production all of this costs next to nothing: there is one generation, and the
// files are those that were embedded.
//
// The package imports the standard library alone, and knows neither toolkits nor how
// code is built: gomedic dev does that, and drives a Host by [Host.Serve]. Start at
// [Host].
package reload
