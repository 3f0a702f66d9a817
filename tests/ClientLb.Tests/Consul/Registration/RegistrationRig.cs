using System.Net;
using ClientLb.Consul;
using ClientLb.Consul.Registration;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using LogBook = ClientLb.Tests.Infrastructure.LogBook;

namespace ClientLb.Tests.Consul.Registration;

/// <summary>One registration in virtual time, with an agent that the test plays. Its times differ, so that a test can tell them apart.</summary>
internal sealed class RegistrationRig : IDisposable
{
    public const string Register = "PUT /v1/agent/service/register?replace-existing-checks=true";
    public const string Beat = "PUT /v1/agent/check/update/service%3Aorders-m-80%3A1";
    public const string Look = "GET /v1/agent/service/orders-m-80";
    public const string Maintenance = "PUT /v1/agent/service/maintenance/orders-m-80?enable=true&reason=The%20process%20is%20stopping.";
    public const string Deregister = "PUT /v1/agent/service/deregister/orders-m-80";
    public static readonly TimeSpan Third = TimeSpan.FromSeconds(8);
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan DrainLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_realLimit = TimeSpan.FromSeconds(20);

    private readonly ConsulRuntime _runtime;

    public RegistrationRig(Action<ConsulRegistrationOptions>? configure = null)
    {
        Options.SettleTime = Settle;
        Options.Checks.Add(new() { Ttl = 3 * Third });
        configure?.Invoke(Options);
        var consul = new ConsulOptions();
        consul.Addresses.Add(ConsulAddress.Default);
        consul.Addresses.Add("http://127.0.0.1:8501");
        _runtime = new(consul, Consul, new(), Time, new SeededRandomSource(7), Log);
        Registration = new(Options, new("orders", "m", new("http", null, 80), 80), _runtime, () => InFlight ?? throw new InvalidOperationException(), Log);
        Registration.Start();
    }

    public ConsulRegistrationOptions Options { get; } = new();

    public VirtualTime Time { get; } = new();

    public FakeConsul Consul { get; } = new();

    public LogBook Log { get; } = new();

    public ConsulRegistration Registration { get; }

    public int? InFlight { get; set; } = 0;

    /// <summary>Takes the next request, which must be this one.</summary>
    public async Task<FakeRequest> NextAsync(string command)
    {
        var request = await Consul.NextAsync();
        Assert.Equal(command, request.Command);
        Assert.Equal(8500, request.Uri.Port);
        return request;
    }

    /// <summary>Takes the next request, which must be this one, and says yes.</summary>
    public async Task<string?> TakeAsync(string command)
    {
        var request = await NextAsync(command);
        request.Answer(null, "");
        return request.Body;
    }

    public async Task RefuseAsync(string command, HttpStatusCode status, string text) => (await NextAsync(command)).Refuse(status, text);

    /// <summary>Waits until somebody waits for so long, and lets the time pass.</summary>
    public async Task PassAsync(TimeSpan atLeast, TimeSpan? atMost = null) => Time.Advance(await Time.TimerAsync(atLeast, atMost ?? atLeast));

    /// <summary>Waits for a line of the log: what stood before it has happened.</summary>
    public Task LoggedAsync(int id) => Task.Run(async () =>
    {
        while (Log.Count(id) == 0)
        {
            await Task.Yield();
        }
    }).WaitAsync(s_realLimit);

    public async Task StartAsync()
    {
        await TakeAsync(Register);
        await TakeAsync(Beat);
    }

    public async Task EndsAsync(Task stop)
    {
        await stop.WaitAsync(s_realLimit);
        Assert.False(Consul.HasMore);
    }

    public void Dispose()
    {
        Registration.Dispose();
        _runtime.Dispose();
        Consul.Dispose();
    }
}
