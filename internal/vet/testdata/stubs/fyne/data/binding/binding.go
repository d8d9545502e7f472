package binding

type String interface {
	Set(string) error
	Get() (string, error)
	AddListener(DataListener)
}
type DataListener interface{ DataChanged() }

func NewString() String                   { return nil }
func NewDataListener(func()) DataListener { return nil }
