//! The ceiling of this HTTP server: a constant answer to every request, with the headers that Poolhouse sends.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use actix_web::{App, HttpResponse, HttpServer, web};
use poolhouse::ambient::Ambient;

use crate::Error;
use crate::report::say;

/// The argument that makes this executable the ceiling; the file with the answer follows it.
pub(crate) const ARGUMENT: &str = "--ceiling";

const MAX_BODY_BYTES: usize = 1024 * 1024;

struct Constant {
    body: web::Bytes,
    ambient: Ambient,
}

/// Answers until it is killed.
pub(crate) fn serve(answer: &Path) -> Result<(), Error> {
    let constant = web::Data::new(Constant {
        body: fs::read(answer)?.into(),
        ambient: Ambient::system(),
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let workers = std::thread::available_parallelism()?.get();
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(constant.clone())
                .default_service(web::to(self::answer))
        })
        .workers(workers)
        .listen(listener)?
        .run();
        say(format_args!("Listening  http://{address}\nReady."));
        Ok(server.await?)
    })
}

async fn answer(constant: web::Data<Constant>, body: web::Payload) -> HttpResponse {
    if !matches!(body.to_bytes_limited(MAX_BODY_BYTES).await, Ok(Ok(_))) {
        return HttpResponse::BadRequest().finish();
    }
    HttpResponse::Ok()
        .insert_header(("content-type", "application/x-amz-json-1.1"))
        .insert_header(("x-amzn-requestid", constant.ambient.uuid().to_string()))
        .body(constant.body.clone())
}
