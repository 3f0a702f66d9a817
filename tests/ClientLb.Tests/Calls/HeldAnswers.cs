using ClientLb.Endpoints;

namespace ClientLb.Tests.Calls;

/// <summary>Attempts that wait for the test to answer them, by number; whoever is cancelled ends.</summary>
internal sealed class HeldAnswers
{
    private readonly Lock _gate = new();
    private readonly List<(Endpoint Endpoint, TaskCompletionSource<string> Answer, CancellationToken Token)> _attempts = [];

    /// <summary>An attempt that pays no attention to its token.</summary>
    public int Deaf { get; set; }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _attempts.Count;
            }
        }
    }

    public TaskCompletionSource<string> this[int attempt] => At(attempt).Answer;

    public Endpoint EndpointOf(int attempt) => At(attempt).Endpoint;

    public bool IsStopped(int attempt) => At(attempt).Token.IsCancellationRequested;

    public async Task<string> SendAsync(Endpoint endpoint, int attempt, CancellationToken token)
    {
        var answer = new TaskCompletionSource<string>();
        lock (_gate)
        {
            _attempts.Add((endpoint, answer, token));
            Assert.Equal(attempt, _attempts.Count);
        }

        await using (attempt == Deaf ? default : token.UnsafeRegister(_ => answer.TrySetCanceled(token), null))
        {
            return await answer.Task.ConfigureAwait(false);
        }
    }

    private (Endpoint Endpoint, TaskCompletionSource<string> Answer, CancellationToken Token) At(int attempt)
    {
        lock (_gate)
        {
            return _attempts[attempt - 1];
        }
    }
}
