using Npgsql;

namespace LockerBank;

public sealed class EventIntake(NpgsqlDataSource source)
{
    /// <summary>Stores the event and moves its door in one transaction; false if it was known or is late.</summary>
    public async Task<bool> TakeAsync(LockerEvent e, CancellationToken stop)
    {
        await using var connection = await source.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        // The lock comes first, also in the release job; the other order gave a deadlock in round 31.
        var door = await Doors.LockAsync(connection, e.Compartment, stop);
        if (!await Events.InsertAsync(connection, e, stop))
        {
            return false;
        }
        if (e.Counter is not { } counter)
        {
            // Old firmware: shown to support, moves nothing (see HANDOVER, decision 2).
            await transaction.CommitAsync(stop);
            return false;
        }
        if (counter <= door.Counter)
        {
            await transaction.CommitAsync(stop);
            return false;
        }
        await Doors.MoveAsync(connection, door.Number, e.Type, counter, stop);
        await transaction.CommitAsync(stop);
        return true;
    }
}
