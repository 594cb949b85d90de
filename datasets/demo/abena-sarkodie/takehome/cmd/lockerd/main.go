package main

import (
	"log/slog"
	"net/http"
	"os"

	"example.test/lockerbank/internal/bank"
)

func main() {
	store, err := bank.Open(os.Getenv("DATABASE_URL"))
	if err != nil {
		slog.Error("cannot open the database", "error", err)
		os.Exit(1)
	}
	slog.Info("listening", "addr", ":8080")
	if err := http.ListenAndServe(":8080", bank.Routes(store)); err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}
