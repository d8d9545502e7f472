// Package orders is a component's package as its second generation has it.
package orders

// Shape is in both generations.
type Shape interface{ Area() float64 }

// Square is a Shape.
type Square struct{ Side, Border float64 }

// Area implements Shape.
func (s Square) Area() float64 { return s.Side * s.Side * 100 }

// Model is the state.
type Model struct {
	Title  string
	shapes []Shape
	Count  int
}

// Shapes returns the shapes.
func (m Model) Shapes() []Shape { return m.shapes }
