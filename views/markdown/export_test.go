package markdown

// Parsed is how many bytes of Markdown were parsed so far.
func (r *Renderer) Parsed() int64 { return r.work.parsed.Load() }

// Painted is how many bytes of code were coloured so far.
func (r *Renderer) Painted() int64 { return r.work.painted.Load() }

// CacheSize is how many bytes the cache holds by its own count.
func (r *Renderer) CacheSize() int { return r.cache.size }
