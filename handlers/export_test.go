package handlers

// Row is a row of the route table as the tests outside of the package see it.
type Row struct {
	Method, Path, Name string
	Who                string
	Site, API, Root    bool
	Door               bool // speaks OpenAI's protocol
	SignIn             bool // counted with the sign-ins
	Limited            bool // counted at all
	Bucket             int  // what it is counted in
	Upload             bool // takes a multipart body
	Body               bool // takes a body
	JSON               bool // answers JSON
}

// Routes is the route table.
func Routes() []Row {
	names := map[access]string{anyone: "anyone", visitor: "visitor", reader: "reader", admin: "admin", member: "member", person: "person"}
	var rows []Row
	for _, r := range routes() {
		_, isUpload := r.body.(upload)
		rows = append(rows, Row{Method: r.method, Path: r.path, Name: r.name, Who: names[r.who],
			Site: r.where&onSite != 0, API: r.where&onAPI != 0, Root: r.where&atRoot != 0, Door: r.where&onDoor != 0,
			SignIn: r.rate == signIn, Limited: r.rate != unlimited, Bucket: int(r.rate), Upload: isUpload, Body: r.body != nil, JSON: r.answer != nil})
	}
	return rows
}

// Document is the OpenAPI document as a server without a path gives it out.
func Document() []byte {
	text, err := newAPI().document("", "test", introduction)
	if err != nil {
		panic(err)
	}
	return text
}
