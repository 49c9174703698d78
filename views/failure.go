package views

func (f Failure) title() string {
	if f.Title != "" {
		return f.Title
	}
	return "Something went wrong"
}
