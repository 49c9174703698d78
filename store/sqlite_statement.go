package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// mostStatements is how many compiled statements a connection keeps.
const mostStatements = 64

// sqliteConnector opens connections that keep the statements they have compiled: a fifth of the time
// of a send went into SQLite's parser. Statements without arguments pass by. They are bun's, which
// writes the arguments into the text, so that none comes twice.
type sqliteConnector struct {
	driver driver.Driver
	dsn    string
}

func (c *sqliteConnector) Driver() driver.Driver { return c.driver }

func (c *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteDriverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T lacks what is needed", conn), conn.Close())
	}
	return &sqliteConn{sqliteDriverConn: full, compiled: map[string]*sqliteStatement{}}, nil
}

// sqliteDriverConn is what the driver's connections can do and database/sql asks for.
type sqliteDriverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteConn is one connection; database/sql gives it to one caller at a time.
type sqliteConn struct {
	sqliteDriverConn
	compiled map[string]*sqliteStatement
}

type sqliteStatement struct {
	driver.Stmt
	exec  driver.StmtExecContext
	query driver.StmtQueryContext
	// reading is true while rows of it are open: running it once more would end them.
	reading bool
}

// statement gives the compiled form of a query, or nil when there is none to be had.
func (c *sqliteConn) statement(ctx context.Context, query string, args []driver.NamedValue) (*sqliteStatement, error) {
	if len(args) == 0 {
		return nil, nil
	}
	if s := c.compiled[query]; s != nil {
		if s.reading {
			return nil, nil
		}
		return s, nil
	}
	if len(c.compiled) >= mostStatements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &sqliteStatement{Stmt: stmt}
	s.exec, _ = stmt.(driver.StmtExecContext)
	s.query, _ = stmt.(driver.StmtQueryContext)
	if s.exec == nil || s.query == nil {
		return nil, stmt.Close()
	}
	c.compiled[query] = s
	return s, nil
}

// forget makes room. Those whose rows are open stay.
func (c *sqliteConn) forget() (all error) {
	for query, s := range c.compiled {
		if !s.reading {
			all = errors.Join(all, s.Close())
			delete(c.compiled, query)
		}
	}
	return all
}

func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query, args)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteDriverConn.ExecContext(ctx, query, args)
	}
	return s.exec.ExecContext(ctx, args)
}

func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query, args)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.sqliteDriverConn.QueryContext(ctx, query, args)
	}
	rows, err := s.query.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.reading = true
	return &sqliteRows{Rows: rows, of: s}, nil
}

// Close ends the connection and what it has compiled.
func (c *sqliteConn) Close() error {
	var all error
	for _, s := range c.compiled {
		all = errors.Join(all, s.Close())
	}
	return errors.Join(all, c.sqliteDriverConn.Close())
}

// sqliteRows are the rows of a compiled statement. Nothing here asks for the types of columns, so
// these are not passed on.
type sqliteRows struct {
	driver.Rows
	of *sqliteStatement
}

func (r *sqliteRows) Close() error {
	r.of.reading = false
	return r.Rows.Close()
}
