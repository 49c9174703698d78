package store

import (
	"database/sql"
	"errors"
)

// What a driver's failure becomes, the same on both databases. They are made
// per use: WithCause copies.

func errNoRow() *Error { return Errorf(NotFound, "There is nothing here.") }

func errTaken() *Error { return Errorf(Conflict, "This is there already.") }

func errGone() *Error { return Errorf(Conflict, "What this belongs to is not there any more.") }

func errBusy() *Error {
	return Errorf(Unavailable, "The database is not available at the moment.").WithHint("Try again in a moment.")
}

func errFull() *Error {
	return Errorf(Unavailable, "The database cannot write: its disk is full.").WithHint("Free some space and try again.")
}

func errReadOnly() *Error {
	return Errorf(Unavailable, "The database cannot be written to.").WithHint("Check who may write to its files.")
}

func errDamaged() *Error {
	return Errorf(Unavailable, "The database file is damaged or not a database.").WithHint("Restore a backup.")
}

// affected is how many rows a statement changed. Both drivers always know.
func affected(res sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// must turns a statement that changed nothing into miss.
func must(miss *Error) func(sql.Result, error) error {
	return func(res sql.Result, err error) error {
		n, err := affected(res, err)
		if err == nil && n == 0 {
			return miss
		}
		return err
	}
}

func noRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }
