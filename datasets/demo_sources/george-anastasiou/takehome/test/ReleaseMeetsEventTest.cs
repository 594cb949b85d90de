using Xunit;

namespace LockerBank.Tests;

public sealed class ReleaseMeetsEventTest : DatabaseTest
{
    [Fact]
    public async Task ALateParcelAndTheReleaseJobNeverLeaveADoorWithTwoOwners()
    {
        for (var round = 0; round < 200; round++)
        {
            await ResetAsync(expired: true);
            await Task.WhenAll(
                Intake.TakeAsync(ParcelIn("e" + round, door: 4, counter: 9), Stop),
                Release.RunAsync(Stop));
            Assert.Equal(1, await OwnersAsync(door: 4));
        }
    }

    [Fact]
    public async Task AnEventWithoutACounterMovesNothing()
    {
        await Intake.TakeAsync(ParcelIn("a", door: 4, counter: null), Stop);
        Assert.Equal("free", await StateAsync(door: 4));
    }
}
