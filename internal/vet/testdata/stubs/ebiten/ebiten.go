package ebiten

type Image struct{}

func NewImage(w, h int) *Image    { return &Image{} }
func (i *Image) DrawImage(*Image) {}

type Game interface {
	Update() error
	Draw(screen *Image)
	Layout(w, h int) (int, int)
}

type FinalScreenDrawer interface{ DrawFinalScreen(screen *Image) }

func RunGame(g Game) error { return nil }
