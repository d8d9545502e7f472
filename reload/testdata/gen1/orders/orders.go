// Package orders is a component's package as its first generation has it.
package orders

// Shape is in both generations.
type Shape interface{ Area() float64 }

// Square is a Shape.
type Square struct{ Side float64 }

// Area implements Shape.
func (s Square) Area() float64 { return s.Side * s.Side }

// Gone is a Shape that the next generation does not have.
type Gone struct{ X int }

// Area implements Shape.
func (g *Gone) Area() float64 { return float64(g.X) }

// Model is the state.
type Model struct {
	Title  string
	shapes []Shape
}

// New returns a model.
func New() Model { return Model{Title: "one", shapes: []Shape{Square{3}, &Gone{7}}} }
